// Owners of what GLib and its kin hand over. Must not do more than give it back.
#pragma once

#include <glib-object.h>

#include <memory>

namespace eni {

/// By the type alone: what has none of its own here does not compile.
struct GFree {
    void operator()(char* text) const { g_free(text); }
    void operator()(char** texts) const { g_strfreev(texts); }
    void operator()(GError* error) const { g_error_free(error); }
    void operator()(GDir* directory) const { g_dir_close(directory); }
    void operator()(GKeyFile* file) const { g_key_file_free(file); }
    void operator()(GPtrArray* array) const { g_ptr_array_unref(array); }
    void operator()(GDateTime* time) const { g_date_time_unref(time); }
    void operator()(GOptionContext* context) const { g_option_context_free(context); }
};
template <class T>
using GOwned = std::unique_ptr<T, GFree>;

using GText = GOwned<char>;
using GTexts = GOwned<char*>;  // with a null at their end

/// A reference to an object of a class that is derived from GObject.
struct GUnref {
    void operator()(gpointer object) const { g_object_unref(object); }
};
template <class Object>
using GRef = std::unique_ptr<Object, GUnref>;

}  // namespace eni

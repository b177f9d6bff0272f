// See scope.hpp. StartTransientUnit as of systemd 219 (RHEL 7).
#include "scope.hpp"

#include <gio/gio.h>

#include "glib_ptr.hpp"
#include "threads.hpp"
#include "units.hpp"

namespace eni {

std::string move_to_scope(int pid, const std::string& name, const std::string& description) {
    if (!has_systemd("")) return "";
    if (!can_start_threads()) return "D-Bus cannot be asked, as no thread can be started";
    GError* failure = nullptr;
    const GRef<GDBusConnection> bus(g_bus_get_sync(G_BUS_TYPE_SYSTEM, nullptr, &failure));
    if (bus) {
        // Else the process would be sent SIGTERM when the bus ends.
        g_dbus_connection_set_exit_on_close(bus.get(), FALSE);
        GVariantBuilder properties;
        g_variant_builder_init(&properties, G_VARIANT_TYPE("a(sv)"));
        g_variant_builder_add(&properties, "(sv)", "Description",
                              g_variant_new_string(description.c_str()));
        const auto number = static_cast<guint32>(pid);
        g_variant_builder_add(
            &properties, "(sv)", "PIDs",
            g_variant_new_fixed_array(G_VARIANT_TYPE_UINT32, &number, 1, sizeof number));
        const std::string unit = name + "-" + std::to_string(pid) + ".scope";
        GVariant* const answer = g_dbus_connection_call_sync(
            bus.get(), "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
            "org.freedesktop.systemd1.Manager", "StartTransientUnit",
            g_variant_new("(ssa(sv)a(sa(sv)))", unit.c_str(), "fail", &properties, nullptr),
            G_VARIANT_TYPE("(o)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, 2000, nullptr, &failure);
        if (answer != nullptr) g_variant_unref(answer);
    }
    const GOwned<GError> error(failure);
    return error ? error->message : "";
}

}  // namespace eni

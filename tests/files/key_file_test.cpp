// That key files are read as GLib reads them, which wrote those of older versions, and that what is
// written is read as the same.
#include "key_file.hpp"

#include <glib.h>
#include <gtest/gtest.h>

#include <memory>

#include "temporary_root.hpp"

namespace eni {
namespace {

constexpr char kPath[] = "/run/eni-routes/state";

KeyFile loaded(const TemporaryRoot& root) {
    return load_key_file(root.path(), kPath);
}

KeyFile loaded_from(const std::string& text) {
    const TemporaryRoot root;
    root.write(kPath, text);
    return loaded(root);
}

const std::vector<std::string> kTexts = {
    "a",       " two blanks ", "\ttab\t", "line\nline\r\n", "a;b\\;c", "\\",
    "[group]", "# no comment", "==",      "\u00e4\u65b0",
};

TEST(KeyFile, WhatIsWrittenIsReadAsTheSame) {
    KeyFile file;
    for (std::size_t i = 0; i < kTexts.size(); ++i)
        set_text(file, "interface eth1", "text" + std::to_string(i), kTexts[i]);
    set_texts(file, "host", "all", kTexts);
    set_text(file, "host", "nothing", "");
    set_texts(file, "host", "none", {});
    const TemporaryRoot root;
    save_key_file(root.path(), kPath, file, Durability::memory);
    const KeyFile again = loaded(root);
    EXPECT_EQ(again, file);
    for (std::size_t i = 0; i < kTexts.size(); ++i)
        EXPECT_EQ(text_of(again, "interface eth1", "text" + std::to_string(i)), kTexts[i]);
    EXPECT_EQ(texts_of(again, "host", "all"), kTexts);
    EXPECT_EQ(again.at("host").size(), 1U);
}

TEST(KeyFile, IsWhatGlibWrites) {
    const std::unique_ptr<GKeyFile, decltype(&g_key_file_free)> glib(g_key_file_new(),
                                                                     g_key_file_free);
    std::vector<const char*> list;
    for (const std::string& text : kTexts) {
        g_key_file_set_string(glib.get(), "texts", std::to_string(list.size()).c_str(),
                              text.c_str());
        list.push_back(text.c_str());
    }
    g_key_file_set_string_list(glib.get(), "host", "all", list.data(), list.size());
    const std::unique_ptr<char, decltype(&g_free)> text(
        g_key_file_to_data(glib.get(), nullptr, nullptr), g_free);
    const KeyFile file = loaded_from(text.get());
    for (std::size_t i = 0; i < kTexts.size(); ++i)
        EXPECT_EQ(text_of(file, "texts", std::to_string(i)), kTexts[i]) << text.get();
    EXPECT_EQ(texts_of(file, "host", "all"), kTexts) << text.get();
}

TEST(KeyFile, BlanksAndCommentsAreNothing) {
    const KeyFile file = loaded_from("# comment\n\n[host]\n a = b c \n#d=e\n[other] \nlist=x;y\n");
    EXPECT_EQ(text_of(file, "host", "a"), "b c ");
    EXPECT_EQ(texts_of(file, "other", "list"), (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(text_of(file, "host", "d"), "");
    EXPECT_EQ(text_of(file, "nowhere", "d"), "");
}

TEST(KeyFile, WhatIsNoKeyFileIsEmpty) {
    for (const char* text : {"a=b\n[host]\n", "[host]\nnothing\n", "[host\na=b\n", "[host]\n=b\n",
                             "\x7f\x45\x4c\x46", "[host]\na=b\n\n{\"json\": 1}"})
        EXPECT_TRUE(loaded_from(text).empty()) << text;
    EXPECT_TRUE(loaded(TemporaryRoot()).empty());
}

TEST(KeyFile, AnEscapeThatIsNoneMakesNoText) {
    const KeyFile file = loaded_from("[host]\na=b\\x\nc=d\\\ne=f;g\\x;\n");
    EXPECT_EQ(text_of(file, "host", "a"), "");
    EXPECT_EQ(text_of(file, "host", "c"), "");
    EXPECT_TRUE(texts_of(file, "host", "e").empty());
}

TEST(KeyFile, AnEmptyOneIsRemoved) {
    const TemporaryRoot root;
    root.write(kPath, "[host]\na=b\n");
    save_key_file(root.path(), kPath, {}, Durability::memory);
    EXPECT_FALSE(root.read(kPath));
}

}  // namespace
}  // namespace eni

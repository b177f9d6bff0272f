// YAML as a tree, and the exact words and places in which is told why a text is none.
#include "yaml_tree.hpp"

#include <gtest/gtest.h>

#include "text.hpp"

namespace eni {
namespace {

/// Why it cannot be read; else what is said of the first value of a mapping that is to be a word.
std::string error_of(const std::string& content) {
    Diagnostics diagnostics("FILE", lines_of(content));
    if (const auto document = parse_yaml(content, diagnostics))
        diagnostics.add(document->children.at(0), document->children.at(1), "a word");
    return diagnostics.text();
}

/// The one error of a file of one line.
std::string error_in(const std::string& line, int column, const std::string& text) {
    return "FILE:1:" + std::to_string(column) + ": " + text + "\n      1 | " + line +
           "\n        | " + std::string(static_cast<std::size_t>(column - 1), ' ') + "^";
}

void expect_error_in(const std::string& line, int column, const std::string& text) {
    EXPECT_EQ(error_of(line + "\n"), error_in(line, column, text));
}

// ---- The tree -----------------------------------------------------------------------------------

TEST(YamlTree, HasKindsTextsAndPlaces) {
    const std::string content = "# words\nfiles: all\nlist:\n  - 'a'\n  - {b: }\n";
    Diagnostics diagnostics("FILE", lines_of(content));
    const Node document = parse_yaml(content, diagnostics).value();
    EXPECT_EQ(diagnostics.text(), "");
    ASSERT_EQ(document.kind, Node::Kind::mapping);
    ASSERT_EQ(document.children.size(), 4U);
    EXPECT_EQ(document.children[0].text, "files");
    EXPECT_EQ(document.children[1].kind, Node::Kind::scalar);
    EXPECT_EQ(document.children[1].text, "all");
    EXPECT_EQ(document.children[1].place.line, 1);
    EXPECT_EQ(document.children[1].place.column, 7);
    const Node& list = document.children[3];
    ASSERT_EQ(list.kind, Node::Kind::list);
    EXPECT_EQ(list.children.at(0).text, "a");
    EXPECT_EQ(list.children.at(1).kind, Node::Kind::mapping);
    EXPECT_EQ(list.children.at(1).place.line, 4);
    EXPECT_EQ(list.children.at(1).children.at(1).kind, Node::Kind::nothing);
}

TEST(YamlTree, OfAnEmptyTextIsNothing) {
    Diagnostics diagnostics("FILE", {});
    EXPECT_EQ(parse_yaml("", diagnostics).value().kind, Node::Kind::nothing);
}

TEST(Diagnostics, SayWhatAValueIsInsteadOfWhatItMustBe) {
    const auto words = [](const std::string& content) {
        const std::string error = error_of(content);
        return error.substr(0, error.find('\n'));
    };
    EXPECT_EQ(words("files: x"), "FILE:1:8: files must be a word, not 'x'");
    EXPECT_EQ(words("files: [x]"), "FILE:1:8: files must be a word, not a list");
    EXPECT_EQ(words("files: {x: y}"), "FILE:1:8: files must be a word, not a mapping");
    EXPECT_EQ(words("  files:"), "FILE:1:3: files must be a word, but nothing is given");
}

// ---- What is not YAML ---------------------------------------------------------------------------

TEST(YamlTree, SyntaxErrors) {
    const std::string quotes =
        "a value with a '*' needs quotes, as in \"eth*\" (YAML's aliases are not supported)";
    const std::string place =
        "each 'key: value' and '- value' needs a line of its own, indented like its neighbours";
    expect_error_in("interfaces: {include: [*]}", 25, quotes);
    expect_error_in("interfaces: {include: [*eth]}", 24, quotes);
    expect_error_in("interfaces: {include: [eth[0-9]*]}", 33, quotes);
    expect_error_in("interfaces: {include: [&a eth0, *a]}", 33, quotes);
    expect_error_in("files: @all", 8, "a value that begins with this character needs quotes");
    expect_error_in("files: ]", 8, "this bracket closes nothing");
    expect_error_in("files: - all", 8, "a list of '- value' lines must begin on a line of its own");
    expect_error_in("files: 'all' none", 14, place);
    expect_error_in("interfaces: {include: ['a' 'b']}", 23,
                    "this '[' is not closed by a ']', or a ',' is missing");
    expect_error_in("interfaces: {include: []", 13,
                    "this '{' is not closed by a '}', or a ',' is missing");
    EXPECT_EQ(error_of("files: \"all"),
              error_in("files: \"all", 12, "the file ends within a quoted value"));
    expect_error_in("files: \"\\q\"", 11, "unknown escape character: q");
    expect_error_in("%YAML 9.0", 1, "YAML major version too large");
}

TEST(YamlTree, SyntaxErrorsOverSeveralLines) {
    EXPECT_EQ(error_of("interfaces:\n  include: [eth0\nfiles: all\n"),
              "FILE:2:12: this '[' is not closed by a ']', or a ',' is missing\n"
              "      2 |   include: [eth0\n"
              "        |            ^");
    EXPECT_EQ(error_of("enabled: true\nfiles\nmatch: auto\n"),
              "FILE:3:6: unexpected ':', is one missing in the line above, or does the indentation "
              "differ?\n"
              "      3 | match: auto\n"
              "        |      ^");
    EXPECT_EQ(
        error_of("interfaces:\n  exclude:\n    - a\n   - b\n"),
        "FILE:4:4: each 'key: value' and '- value' needs a line of its own, indented like its "
        "neighbours\n"
        "      4 |    - b\n"
        "        |    ^");
    EXPECT_EQ(error_of("  files: all\nmatch: auto\n"),
              "FILE:2:1: a second document begins here: is the indentation wrong?\n"
              "      2 | match: auto\n"
              "        | ^");
    EXPECT_EQ(error_of("interfaces:\n\tinclude: [eth0]\n"),
              "FILE:2:9: the indentation must be of spaces, not tabs\n"
              "      2 |  include: [eth0]\n"
              "        |         ^");
}

TEST(YamlTree, DeepNestingIsRefusedAndDoesNotOverflowTheStack) {
    for (const char* opening : {"[", "{a: ", "- ", "? ", "[a: "}) {
        std::string content;
        for (int i = 0; i < 10000; ++i) content += opening;
        const std::string error = error_of(content.substr(0, 60000));
        EXPECT_NE(error.find(": nested too deeply\n"), std::string::npos) << error;
    }
}

// ---- How it is shown ----------------------------------------------------------------------------

TEST(YamlTree, ControlCharactersAreRefusedAndNeverPrinted) {
    EXPECT_EQ(error_of("files: all \x04\nmatch: \x1b[31m\x1b[0m\n"),
              "FILE:1:12: a control character, which a text file must not hold\n"
              "      1 | files: all ?\n"
              "        |            ^\n"
              "FILE:2:8: a control character, which a text file must not hold\n"
              "      2 | match: ?[31m?[0m\n"
              "        |        ^");
    EXPECT_EQ(error_of(std::string("files: all\0\n", 12)),
              error_in("files: all?", 11, "a control character, which a text file must not hold"));
}

TEST(YamlTree, LongLinesAndValuesAreCut) {
    const std::string x(500, 'x');
    EXPECT_EQ(error_of("files: " + x + "\n"),
              error_in("files: " + x.substr(0, 193) + "...", 8,
                       "files must be a word, not '" + x.substr(0, 60) + "...'"));
    const std::string spaces(300, ' ');
    EXPECT_EQ(error_of("files:" + spaces + "x" + spaces + "#\n"),
              "FILE:1:307: files must be a word, not 'x'\n"
              "      1 | ..." +
                  spaces.substr(0, 100) + "x" + spaces.substr(0, 99) + "...\n        |    " +
                  spaces.substr(0, 100) + "^");
    EXPECT_EQ(error_of("files: x" + spaces.substr(0, 192) + "\n"),
              error_in("files: x" + spaces.substr(0, 192), 8, "files must be a word, not 'x'"));
}

}  // namespace
}  // namespace eni

// See yaml_tree.hpp. From yaml-cpp's parser events, and with its errors in words that help.
//
// yaml-cpp's own tree (YAML::Node) is not used: in 0.5.1 (EL7) it has no places, and its builder
// overflows the stack on deep nesting (CVE-2017-5950). Parser events have places in every version.
#include "yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <utility>

#include "text.hpp"

namespace eni {

namespace {

constexpr std::size_t kMaxDepth = 16;  // of lists and mappings; the deepest valid file has three

// ---- The tree ---------------------------------------------------------------------------------

Place place_of(const YAML::Mark& mark) {
    return {mark.line, mark.column};
}

/// Builds the tree from parser events, and refuses what no configuration needs.
template <class OnStart>
struct TreeBuilder;

/// The start of a list or mapping comes with its style, but not in 0.5.1: `Style` is then empty.
template <class... Style>
struct TreeBuilder<void (YAML::EventHandler::*)(const YAML::Mark&, const std::string&,
                                                YAML::anchor_t, Style...)> : YAML::EventHandler {
    std::vector<Node> open{Node{}};  // from the list of documents to the innermost list or mapping

    void add(Node node) { open.back().children.push_back(std::move(node)); }

    void start(Node::Kind kind, const YAML::Mark& mark) {
        if (open.size() > kMaxDepth) throw YAML::ParserException(mark, "nested too deeply");
        open.push_back({kind, place_of(mark), "", {}});
    }

    void end() {
        Node done = std::move(open.back());
        open.pop_back();
        add(std::move(done));
    }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (!open.front().children.empty())
            throw YAML::ParserException(mark,
                                        "a second document begins here: is the indentation wrong?");
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
        add({Node::Kind::nothing, place_of(mark), "", {}});
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        throw YAML::ParserException(mark, YAML::ErrorMsg::UNKNOWN_ANCHOR);
    }
    void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  const std::string& value) override {
        add({Node::Kind::scalar, place_of(mark), value, {}});
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                         Style...) override {
        start(Node::Kind::list, mark);
    }
    void OnSequenceEnd() override { end(); }
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, Style...) override {
        start(Node::Kind::mapping, mark);
    }
    void OnMapEnd() override { end(); }
};

// ---- The words --------------------------------------------------------------------------------

/// What yaml-cpp means, in words that help. Its texts differ a little between versions at the end.
std::string words_for(const YAML::Exception& error, const std::string& line) {
    namespace Msg = YAML::ErrorMsg;
    static const std::string kQuote =
        "a value with a '*' needs quotes, as in \"eth*\" (YAML's aliases are not supported)";
    static const std::string kPlace =
        "each 'key: value' and '- value' needs a line of its own, indented like its neighbours";
    static const std::pair<const char*, std::string> kWords[] = {
        {Msg::ALIAS_NOT_FOUND, kQuote},
        {Msg::UNKNOWN_ANCHOR, kQuote},
        {Msg::CHAR_IN_ALIAS, kQuote},
        {Msg::UNKNOWN_TOKEN, "a value that begins with this character needs quotes"},
        {Msg::END_OF_SEQ_FLOW, "this '[' is not closed by a ']', or a ',' is missing"},
        {Msg::END_OF_MAP_FLOW, "this '{' is not closed by a '}', or a ',' is missing"},
        {Msg::EOF_IN_SCALAR, "the file ends within a quoted value"},
        {Msg::FLOW_END, "this bracket closes nothing"},
        {Msg::BLOCK_ENTRY, "a list of '- value' lines must begin on a line of its own"},
        {Msg::MAP_VALUE,
         "unexpected ':', is one missing in the line above, or does the indentation differ?"},
        {Msg::END_OF_MAP, kPlace},
        {Msg::END_OF_SEQ, kPlace},
    };
    const std::size_t indentation = std::min(line.find_first_not_of(" \t"), line.size());
    if (line.substr(0, indentation).find('\t') != std::string::npos)
        return "the indentation must be of spaces, not tabs";
    for (const auto& [msg, words] : kWords)
        if (error.msg.compare(0, std::string(msg).size(), msg) == 0) return words;
    return printable(error.msg);  // may quote the file: "unknown escape character: ..."
}

void refuse_control_characters(Diagnostics& diagnostics) {
    const std::vector<std::string>& lines = diagnostics.lines();
    for (std::size_t i = 0; i < lines.size(); ++i)
        for (std::size_t j = 0; j < lines[i].size(); ++j) {
            const char c = lines[i][j];
            if (c == '\t' || static_cast<unsigned char>(c) >= ' ') continue;
            diagnostics.add({static_cast<int>(i), static_cast<int>(j)},
                            "a control character, which a text file must not hold");
            break;
        }
}

}  // namespace

std::optional<Node> parse_yaml(const std::string& text, Diagnostics& diagnostics) {
    refuse_control_characters(diagnostics);
    if (!diagnostics.text().empty()) return std::nullopt;
    TreeBuilder<decltype(&YAML::EventHandler::OnMapStart)> builder;
    try {
        std::istringstream in(text);
        YAML::Parser parser(in);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const YAML::Exception& error) {
        // Where a bracket is not closed, yaml-cpp's place is the end of the file; ours the bracket.
        const bool is_unclosed = error.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW ||
                                 error.msg == YAML::ErrorMsg::END_OF_MAP_FLOW;
        const Place place = is_unclosed ? builder.open.back().place : place_of(error.mark);
        diagnostics.add(place, words_for(error, diagnostics.line(place)));
        return std::nullopt;
    }
    const auto& documents = builder.open.front().children;
    return documents.empty() ? Node{Node::Kind::nothing, {}, "", {}} : documents.front();
}

}  // namespace eni

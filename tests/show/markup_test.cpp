// Templates: what a place is filled with, and what is refused.
#include "markup.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace eni {
namespace {

TEST(Template, TextIsEscapedAndMarkupIsNot) {
    EXPECT_EQ(fill_template("<p class=\"{{class}}\">{{{bold}}}, {{class}}</p>\n",
                            {{"class", "\"<&>"}, {"bold", "<b>x</b>"}}),
              "<p class=\"&quot;&lt;&amp;&gt;\"><b>x</b>, &quot;&lt;&amp;&gt;</p>\n");
    EXPECT_EQ(fill_template("b { font: bold; }", {}), "b { font: bold; }");
    EXPECT_EQ(fill_template("", {}), "");
}

TEST(Template, AValueIsNoTemplate) {
    EXPECT_EQ(fill_template("{{a}} {{{b}}}", {{"a", "{{b}}"}, {"b", "{{{a}}}"}}), "{{b}} {{{a}}}");
}

TEST(Template, WhatXmlDoesNotAllowIsShownAsText) {
    using std::string_literals::operator""s;
    EXPECT_EQ(fill_template("{{a}}", {{"a", "\t\xc3\xa4\n|\x01|\x1b[1m|\xff|\0|\r"s}}),
              "\t\xc3\xa4\n|\\x01|\\x1b[1m|\\xff|\\x00|\\x0d");
}

TEST(Template, EachPlaceHasAValueAndEachValueAPlace) {
    EXPECT_THROW(fill_template("{{a}} {{b}}", {{"a", ""}}), std::logic_error);
    EXPECT_THROW(fill_template("{{{b}}}", {}), std::logic_error);
    EXPECT_THROW(fill_template("{{a}}", {{"a", ""}, {"b", ""}}), std::logic_error);
    EXPECT_THROW(fill_template("{{a", {{"a", ""}}), std::logic_error);
    EXPECT_THROW(fill_template("{{{a}}", {{"a", ""}}), std::logic_error);
}

}  // namespace
}  // namespace eni

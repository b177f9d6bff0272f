// From the command line to the command, with commands that only note that they ran.
#include <gtest/gtest.h>

#include <stdexcept>

#include "commands.hpp"

namespace eni {
namespace {

using Words = std::vector<std::string>;

Words ran;  // the command, and the words behind it

ExitStatus note(const Call& call) {
    ran = call.words;
    ran.insert(ran.begin(), call.usage.name);
    return ExitStatus::warned;
}

const std::vector<Command> kCommands = {
    {Purpose::read, {"status", "", "Show it"}, note},
    {Purpose::change, {"regenerate", "[IFACE...]", "Change it"}, note},
    {Purpose::read, {"check", "", "Check it"}, note},
};

/// What ran; what is printed goes to `printed`.
Words run(const Words& words, std::string* printed = nullptr) {
    ran.clear();
    testing::internal::CaptureStdout();
    run_command_line(kCommands, words);
    const std::string text = testing::internal::GetCapturedStdout();
    if (printed != nullptr) *printed = text;
    return ran;
}

std::string error_of(const std::string& command) {
    try {
        run_command_line(kCommands, {command});
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "no error";
}

TEST(CommandLine, WithoutAnyItIsStatus) {
    EXPECT_EQ(run({}), Words{"status"});
}

TEST(CommandLine, TheFirstIsTheCommand) {
    EXPECT_EQ(run({"regenerate", "-n", "eth1"}), (Words{"regenerate", "-n", "eth1"}));
    EXPECT_EQ(run_command_line(kCommands, {"check"}), ExitStatus::warned);
}

TEST(CommandLine, AnUnknownCommandIsNamedWithTheNearest) {
    EXPECT_EQ(error_of("stauts"), "there is no command 'stauts', did you mean 'status'?");
    EXPECT_EQ(error_of("hepl"), "there is no command 'hepl', did you mean 'help'?");
    EXPECT_EQ(error_of("shutdown"), "there is no command 'shutdown'; see eni-routes --help");
    EXPECT_EQ(error_of("\033[31m"), "there is no command '?[31m'; see eni-routes --help");
    EXPECT_EQ(error_of(""), "there is no command ''; see eni-routes --help");
}

TEST(CommandLine, HelpOfACommandIsItsOption) {
    EXPECT_EQ(run({"help", "check"}), (Words{"check", "--help"}));
    EXPECT_THROW(run_command_line(kCommands, {"help", "stauts"}), std::invalid_argument);
}

TEST(CommandLine, HelpListsTheCommandsBelowTheirPurpose) {
    for (const Words& words :
         {Words{"help"}, Words{"--help"}, Words{"-h"}, Words{"help", "help"}}) {
        std::string text;
        EXPECT_EQ(run(words, &text), Words());
        EXPECT_NE(text.find("\nShow the host:\n"
                            "  status                 Show it\n"
                            "  check                  Check it\n"
                            "\nChange it:\n"
                            "  regenerate [IFACE...]  Change it\n"),
                  std::string::npos)
            << text;
    }
}

TEST(CommandLine, TheVersion) {
    std::string text;
    run({"--version"}, &text);
    EXPECT_EQ(text.compare(0, 11, "eni-routes "), 0) << text;
}

}  // namespace
}  // namespace eni

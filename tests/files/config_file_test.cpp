// What config.yaml may say, and the exact words in which a mistake in it is reported.
#include "config_file.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

namespace eni {
namespace {

/// A file in a directory of its own, both gone at the end.
class TemporaryFile {
  public:
    explicit TemporaryFile(const std::string& content) {
        if (!mkdtemp(&directory_[0])) throw std::system_error(errno, std::generic_category());
        std::ofstream(path(), std::ios::binary) << content;
    }
    ~TemporaryFile() {
        unlink(path().c_str());
        rmdir(directory_.c_str());
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    std::string path() const { return directory_ + "/config.yaml"; }

  private:
    std::string directory_ = "/tmp/eni-routes-test.XXXXXX";
};

Config load(const std::string& content) {
    return load_config(TemporaryFile(content).path());
}

/// what() with each path shortened to FILE; "no error" where there is none.
std::string error_of(const std::string& content) {
    const TemporaryFile file(content);
    try {
        load_config(file.path());
    } catch (const ConfigError& error) {
        std::string text = error.what();
        for (std::size_t at = 0; (at = text.find(file.path(), at)) != std::string::npos;)
            text.replace(at, file.path().size(), "FILE");
        return text;
    }
    return "no error";
}

/// The one error of a file of one line.
std::string error_in(const std::string& line, int column, const std::string& text) {
    return "FILE:1:" + std::to_string(column) + ": " + text + "\n      1 | " + line +
           "\n        | " + std::string(static_cast<std::size_t>(column - 1), ' ') + "^";
}

void expect_error_in(const std::string& line, int column, const std::string& text) {
    EXPECT_EQ(error_of(line + "\n"), error_in(line, column, text));
}

std::vector<std::string> words(const std::vector<CheckPeer>& peers) {
    std::vector<std::string> words;
    for (const CheckPeer& peer : peers)
        words.push_back(peer.address.to_string() + " " + std::to_string(peer.port));
    return words;
}

void expect_equal(const Config& a, const Config& b) {
    EXPECT_EQ(a.enabled, b.enabled);
    EXPECT_EQ(a.include, b.include);
    EXPECT_EQ(a.exclude, b.exclude);
    EXPECT_EQ(a.primary, b.primary);
    EXPECT_EQ(a.table_base, b.table_base);
    EXPECT_EQ(a.priority_base, b.priority_base);
    EXPECT_EQ(a.link_group, b.link_group);
    EXPECT_EQ(a.suppress, b.suppress);
    EXPECT_EQ(a.match, b.match);
    EXPECT_EQ(a.files, b.files);
    EXPECT_EQ(a.imds, b.imds);
    EXPECT_EQ(a.imds_endpoint, b.imds_endpoint);
    EXPECT_EQ(a.addresses, b.addresses);
    EXPECT_EQ(a.forwarded, b.forwarded);
    EXPECT_EQ(a.mark_mask, b.mark_mask);
    EXPECT_EQ(a.hotplug_save, b.hotplug_save);
    EXPECT_EQ(words(a.check_peers), words(b.check_peers));
    EXPECT_EQ(a.check_accept, b.check_accept);
    EXPECT_EQ(a.metrics, b.metrics);
    EXPECT_EQ(a.log_level, b.log_level);
    ASSERT_EQ(a.interfaces.size(), b.interfaces.size());
    for (const auto& [name, settings] : a.interfaces) {
        ASSERT_EQ(b.interfaces.count(name), 1u) << name;
        EXPECT_EQ(settings.enabled, b.of(name).enabled);
        EXPECT_EQ(settings.gateway, b.of(name).gateway);
        EXPECT_EQ(settings.gateway6, b.of(name).gateway6);
        EXPECT_EQ(settings.table, b.of(name).table);
    }
}

// ---- What is valid ------------------------------------------------------------------------------

TEST(ConfigFile, AbsentOrSayingNothingIsTheDefaults) {
    expect_equal(load_config("/nonexistent/config.yaml"), {});
    for (const char* content : {"", "\n\n", "# a comment", " \t# a comment\r\n\n",
                                "\xef\xbb\xbf# with a byte order mark\n", "---\n", "---\n...\n",
                                "{}\n", "interfaces:\ninterface:\n"}) {
        SCOPED_TRACE(content);
        expect_equal(load(content), {});
    }
    EXPECT_TRUE(load("interface:\n  eth1:\n").of("eth1").enabled);
}

TEST(ConfigFile, CommentsAloneAreNotEvenLookedAt) {
    // A control character is refused as soon as anything but comments stands in the file.
    expect_equal(load("# \x01\n"), {});
    EXPECT_NE(error_of("# \x01\nenabled: true\n"), "no error");
}

TEST(ConfigFile, EveryKeyArrives) {
    const Config config = load(
        "enabled: false\n"
        "interfaces:\n"
        "  include: [eth0, 'ens*']\n"
        "  exclude:\n"
        "    - eth[89]\n"
        "    - \"*-host\"\n"
        "  primary: eth0.5\n"
        "interface:\n"
        "  eth1: {gateway: 10.0.2.1, gateway6: fe80::1, table: 500, enabled: off}\n"
        "  ens-2_x: {}\n"
        "table_base: 256\n"
        "priority_base: \"22766\"\n"
        "link_group: 4294967294\n"
        "suppress: off\n"
        "match: address\n"
        "files: none\n"
        "metrics: /run/eni-routes/host.prom\n"
        "log_level: debug\n");
    Config expected;
    expected.enabled = false;
    expected.include = {"eth0", "ens*"};
    expected.exclude = {"eth[89]", "*-host"};
    expected.primary = "eth0.5";
    expected.interfaces["eth1"] = {false, IpAddress::parse("10.0.2.1"), IpAddress::parse("fe80::1"),
                                   TableId{500}};
    expected.interfaces["ens-2_x"] = {};
    expected.table_base = 256;
    expected.priority_base = 22766;
    expected.link_group = 4294967294;
    expected.suppress = Suppress::off;
    expected.match = Match::address;
    expected.files = Files::none;
    expected.metrics = "/run/eni-routes/host.prom";
    expected.log_level = LogLevel::debug;
    expect_equal(config, expected);
}

TEST(ConfigFile, EveryWordOfAChoiceIsKnown) {
    for (const char* word : {"true", "yes", "on", "'true'"})
        EXPECT_TRUE(load("enabled: " + std::string(word)).enabled) << word;
    for (const char* word : {"false", "no", "off"})
        EXPECT_FALSE(load("enabled: " + std::string(word)).enabled) << word;
    EXPECT_EQ(load("suppress: auto").suppress, Suppress::automatic);
    EXPECT_EQ(load("match: auto").match, Match::automatic);
    EXPECT_EQ(load("match: subnet").match, Match::subnet);
    EXPECT_EQ(load("files: auto").files, Files::automatic);
    EXPECT_EQ(load("files: all").files, Files::all);
    EXPECT_EQ(load("log_level: error").log_level, LogLevel::error);
    EXPECT_EQ(load("log_level: warning").log_level, LogLevel::warning);
    EXPECT_EQ(load("log_level: info").log_level, LogLevel::info);
}

TEST(ConfigFile, AnEmptyListReplacesTheDefault) {
    EXPECT_TRUE(load("interfaces: {include: []}").include.empty());
}

// ---- What is not --------------------------------------------------------------------------------

TEST(ConfigFile, AllErrorsAreReportedAtOnce) {
    EXPECT_EQ(
        error_of("enabled: true\n"
                 "interfaces:\n"
                 "  inclde: [eth0]\n"
                 "  primary: eth 0\n"
                 "table_base: x\n"
                 "enabled: no\n"
                 "interface:\n"
                 "  eth1:\n"
                 "    gateway: 10.0.2\n"
                 "    table: 254\n"),
        "FILE:3:3: unknown key 'inclde', did you mean 'include'?\n"
        "      3 |   inclde: [eth0]\n"
        "        |   ^\n"
        "FILE:4:12: primary must be an interface's name (1 to 15 letters, digits, '.', '_' or "
        "'-', a letter or digit first), not 'eth 0'\n"
        "      4 |   primary: eth 0\n"
        "        |            ^\n"
        "FILE:5:13: table_base must be a whole number from 256 to 4000000000, not 'x'\n"
        "      5 | table_base: x\n"
        "        |             ^\n"
        "FILE:6:1: duplicate key 'enabled', first given in line 1\n"
        "      6 | enabled: no\n"
        "        | ^\n"
        "FILE:9:14: gateway must be a router's IPv4 address, such as 10.0.2.1, not '10.0.2'\n"
        "      9 |     gateway: 10.0.2\n"
        "        |              ^\n"
        "FILE:10:12: table must be a whole number from 1 to 4294967295, but none of 253, 254 "
        "and 255, not '254'\n"
        "     10 |     table: 254\n"
        "        |            ^");
}

TEST(ConfigFile, UnknownKeys) {
    const std::string top =
        ", known here are enabled, interfaces, interface, table_base, priority_base, link_group, "
        "suppress, match, files, imds, addresses, forwarded, mark_mask, hotplug, check, metrics and "
        "log_level";
    expect_error_in("foo: 1", 1, "unknown key 'foo'" + top);
    expect_error_in("'': 1", 1, "unknown key ''" + top);
    expect_error_in(": 1", 1, "unknown key ''" + top);
    expect_error_in("table-base: 300", 1, "unknown key 'table-base', did you mean 'table_base'?");
    expect_error_in("loglevel: info", 1, "unknown key 'loglevel', did you mean 'log_level'?");
    expect_error_in("matxyz: 1", 1, "unknown key 'matxyz'" + top);
    expect_error_in("Match: auto", 1, "unknown key 'Match', did you mean 'match'?");
    expect_error_in("eth1: {gateway: 10.0.2.1}", 1,
                    "unknown key 'eth1', the settings of one interface go below 'interface'");
    expect_error_in("interfaces: {eth1: {table: 5}}", 14,
                    "unknown key 'eth1', the settings of one interface go below 'interface'");
    expect_error_in("interfaces: {gateway: 10.0.2.1}", 14,
                    "unknown key 'gateway', known here are include, exclude and primary");
    expect_error_in(
        "interface: {eth1: {mtu: {}}}", 20,
        "unknown key 'mtu', known here are enabled, gateway, gateway6, table and sources");
    expect_error_in("interface: {eth1: {gatway6: '::2'}}", 20,
                    "unknown key 'gatway6', did you mean 'gateway6'?");
}

TEST(ConfigFile, DuplicateKeys) {
    const std::string first = "', first given in line 1";
    expect_error_in("{files: all, files: none}", 14, "duplicate key 'files" + first);
    expect_error_in("interface: {eth1: {}, eth1: {}}", 23, "duplicate key 'eth1" + first);
    expect_error_in("interface: {eth1: {table: 5, table: 5}}", 30, "duplicate key 'table" + first);
}

TEST(ConfigFile, Numbers) {
    const std::string bases = "table_base must be a whole number from 256 to 4000000000, ";
    expect_error_in("table_base: 255", 13, bases + "not '255'");
    expect_error_in("table_base: 4000000001", 13, bases + "not '4000000001'");
    expect_error_in("table_base: 99999999999999999999", 13, bases + "not '99999999999999999999'");
    expect_error_in("table_base: -300", 13, bases + "not '-300'");
    expect_error_in("table_base: +300", 13, bases + "not '+300'");
    expect_error_in("table_base: 0300", 13, bases + "not '0300'");
    expect_error_in("table_base: 0x300", 13, bases + "not '0x300'");
    expect_error_in("table_base: 300.0", 13, bases + "not '300.0'");
    expect_error_in("table_base: '300 '", 13, bases + "not '300 '");
    expect_error_in("table_base:", 1, bases + "but nothing is given");
    expect_error_in("table_base: ~", 1, bases + "but nothing is given");
    expect_error_in("table_base: [300]", 13, bases + "not a list");
    expect_error_in("table_base: {a: 300}", 13, bases + "not a mapping");
    expect_error_in("priority_base: 0", 16,
                    "priority_base must be a whole number from 1 to 22766, not '0'");
    expect_error_in("priority_base: 22767", 16,
                    "priority_base must be a whole number from 1 to 22766, not '22767'");
    expect_error_in("link_group: 4294967295", 13,
                    "link_group must be a whole number from 1 to 4294967294, not '4294967295'");
    for (const char* reserved : {"0", "253", "255", "4294967296"})
        expect_error_in("interface: {eth1: {table: " + std::string(reserved) + "}}", 27,
                        "table must be a whole number from 1 to 4294967295, but none of 253, 254 "
                        "and 255, not '" +
                            std::string(reserved) + "'");
    EXPECT_EQ(load("interface: {eth1: {table: 4294967295}}").of("eth1").table,
              TableId{4294967295u});
}

TEST(ConfigFile, Choices) {
    expect_error_in("enabled: 1", 10, "enabled must be true, false, yes, no, on or off, not '1'");
    expect_error_in("interface: {eth1: {enabled: }}", 20,
                    "enabled must be true, false, yes, no, on or off, but nothing is given");
    expect_error_in("suppress: on", 11, "suppress must be auto or off, not 'on'");
    expect_error_in("match: ''", 8, "match must be auto, subnet or address, not ''");
    expect_error_in("files: some", 8, "files must be auto, none or all, not 'some'");
    expect_error_in("log_level: 7", 12, "log_level must be error, warning, info or debug, not '7'");
}

TEST(ConfigFile, Forwarded) {
    EXPECT_EQ(load("{}").forwarded, Forwarded::off);
    EXPECT_EQ(load("forwarded: off").forwarded, Forwarded::off);
    EXPECT_EQ(load("forwarded: connmark").forwarded, Forwarded::connmark);
    expect_error_in("forwarded: on", 12, "forwarded must be off or connmark, not 'on'");
    expect_error_in("forwarded:", 1, "forwarded must be off or connmark, but nothing is given");
    expect_error_in("forwarded: [connmark]", 12, "forwarded must be off or connmark, not a list");
    expect_error_in("forward: off", 1, "unknown key 'forward', did you mean 'forwarded'?");
}

/// Decimal, or hexadecimal with 0x.
TEST(ConfigFile, MasksOfMarks) {
    const auto mask = [](const std::string& text) { return load("mark_mask: " + text).mark_mask; };
    EXPECT_EQ(load("{}").mark_mask, 0x7fu);
    EXPECT_EQ(mask("0x3f00"), 0x3f00u);
    EXPECT_EQ(mask("16128"), 0x3f00u);
    EXPECT_EQ(mask("'0x3f00'"), 0x3f00u);
    EXPECT_EQ(mask("0x7F"), 127u);
    EXPECT_EQ(mask("127"), 127u);
    EXPECT_EQ(mask("3"), 3u) << "room for three";
    EXPECT_EQ(mask("0xc0000000"), 0xc0000000u);
    EXPECT_EQ(mask("4294967295"), 0xffffffffu);
    const std::string rule = "mark_mask must be two or more adjacent bits, such as 0x7f, ";
    for (const std::string text :
         {"0", "0x0", "1", "0x40", "0x80000000", "0x5", "0xf0f", "0x80000001", "0x100000000",
          "4294967296", "-1", "0x-1", "+3", "0x", "7f", "0X7f", "0x7g", "0x7f/0x7f", "all"})
        expect_error_in("mark_mask: " + text, 12, rule + "not '" + text + "'");
    expect_error_in("mark_mask: ''", 12, rule + "not ''");
    expect_error_in("mark_mask:", 1, rule + "but nothing is given");
    expect_error_in("mark_mask: [0x7f]", 12, rule + "not a list");
}

TEST(ConfigFile, ListsOfGlobs) {
    const std::string glob =
        "each entry of include must be a name or glob without slash, space or control character, ";
    expect_error_in("interfaces: {include: eth0}", 23,
                    "include must be a list, such as [eth1, \"ens*\"], not 'eth0'");
    expect_error_in("interfaces: {exclude: }", 14,
                    "exclude must be a list, such as [eth1, \"ens*\"], but nothing is given");
    expect_error_in("interfaces: {include: [eth0, a/b]}", 30, glob + "not 'a/b'");
    expect_error_in("interfaces: {include: [eth0 eth1]}", 24, glob + "not 'eth0 eth1'");
    expect_error_in("interfaces: {include: [\"a\\tb\"]}", 24, glob + "not 'a b'");
    expect_error_in("interfaces: {include: ['']}", 24, glob + "not ''");
    expect_error_in("interfaces: {include: [[eth0]]}", 24, glob + "not a list");
    expect_error_in("interfaces: {include: [eth0, , eth1]}", 23, glob + "but nothing is given");
}

TEST(ConfigFile, PeersOfCheck) {
    EXPECT_EQ(words(load("check: {peers: [10.99.0.10, '2001:db8::5', 10.99.0.11:443, "
                         "'[2001:db8::6]:65535']}")
                        .check_peers),
              (std::vector<std::string>{"10.99.0.10 0", "2001:db8::5 0", "10.99.0.11 443",
                                        "2001:db8::6 65535"}));
    const std::string rule =
        "each entry of peers must be the address of another host, such as 10.99.0.10, or with a "
        "TCP port 10.99.0.10:443 or \"[2001:db8::5]:443\", not ";
    for (const std::string text :
         {"10.0.0.0/8", "host", "127.0.0.1", "0.0.0.0", "169.254.169.254", "224.0.0.1",
          "10.0.0.256", "10.99.0.10:0", "10.99.0.10:65536", "10.99.0.10:https", "host:443",
          "127.0.0.1:80", "10.99.0.10:443:1", "2001:db8:0:0:0:0:0:5:443"})
        expect_error_in("check: {peers: [" + text + "]}", 17, rule + "'" + text + "'");
    for (const std::string text :
         {"[2001:db8::5]", "[10.99.0.10]:443", "[2001:db8::5]:", "[]:443", "[", "]:443", ":443"})
        expect_error_in("check: {peers: ['" + text + "']}", 17, rule + "'" + text + "'");
    expect_error_in("check: {peers: 10.0.0.5}", 16,
                    "peers must be a list, such as [10.99.0.10], not '10.0.0.5'");
    expect_error_in("check: {peer: []}", 9, "unknown key 'peer', did you mean 'peers'?");
}

TEST(ConfigFile, CodesThatCheckAccepts) {
    EXPECT_EQ(load("check: {accept: [gateway-silent, udp-server, gateway-silent]}").check_accept,
              (std::set<std::string>{"gateway-silent", "udp-server"}));
    const std::string rule =
        "each entry of accept must be the code of a finding (lower case letters, digits and '-'), ";
    for (const std::string text : {"Gateway", "a_b", "a b", "e*"})
        expect_error_in("check: {accept: [" + text + "]}", 18, rule + "not '" + text + "'");
    expect_error_in("check: {accept: ['']}", 18, rule + "not ''");
    expect_error_in("check: {accept: udp}", 17,
                    "accept must be a list, such as [gateway-silent], not 'udp'");
}

TEST(ConfigFile, CodesThatThereAre) {
    const std::vector<std::string> codes = {"gateway-silent", "udp-wildcard"};
    const auto first_error = [&](const std::string& text) -> std::string {
        try {
            parse_config("check: {accept: [" + text + "]}\n", "FILE", codes);
        } catch (const ConfigError& error) {
            const std::string what = error.what();
            return what.substr(0, what.find('\n'));
        }
        return "no error";
    };
    EXPECT_EQ(first_error("gateway-silent"), "no error");
    EXPECT_EQ(first_error("gateway-silence"),
              "FILE:1:18: unknown code 'gateway-silence', did you mean 'gateway-silent'?");
    EXPECT_EQ(first_error("udp-wildcard, other"),
              "FILE:1:32: unknown code 'other', eni-routes(8) lists them");
}

TEST(ConfigFile, NamesOfInterfaces) {
    const std::string rule =
        " must be an interface's name (1 to 15 letters, digits, '.', '_' or '-', a letter or digit "
        "first), ";
    expect_error_in("interfaces: {primary: eth*}", 23, "primary" + rule + "not 'eth*'");
    expect_error_in("interfaces: {primary: [eth0]}", 23, "primary" + rule + "not a list");
    expect_error_in("interface: {../x: {}}", 13, "a key of interface" + rule + "not '../x'");
    expect_error_in("interface: {abcdefghijklmnop: {}}", 13,
                    "a key of interface" + rule + "not 'abcdefghijklmnop'");
}

TEST(ConfigFile, Gateways) {
    const std::string v4 = "gateway must be a router's IPv4 address, such as 10.0.2.1, ";
    for (const char* text : {"10.0.2.0/24", "10.0.2.256", "router", "0.0.0.0", "127.0.0.1",
                             "224.0.0.1", "2001:db8::1"})
        expect_error_in("interface: {eth1: {gateway: " + std::string(text) + "}}", 29,
                        v4 + "not '" + text + "'");
    const std::string v6 = "gateway6 must be a router's IPv6 address, such as fe80::1, ";
    for (const char* text : {"10.0.2.1", "fe80::1%eth1", "ff02::1", "fe80::/64"})
        expect_error_in("interface: {eth1: {gateway6: " + std::string(text) + "}}", 30,
                        v6 + "not '" + text + "'");
    expect_error_in("interface: {eth1: {gateway6: '::'}}", 30, v6 + "not '::'");
}

TEST(ConfigFile, WhereMetricsAreWritten) {
    const std::string rule =
        "metrics must be the absolute path of a file that ends in .prom, not '";
    for (const char* text :
         {"host.prom", "/run/host.txt", "/run/.prom", "/.prom", ".prom", "/run/"})
        expect_error_in("metrics: " + std::string(text), 10, rule + text + "'");
    EXPECT_EQ(load("metrics: /run/a b.prom\n").metrics, "/run/a b.prom");
}

TEST(ConfigFile, ListsAndWordsWhereAMappingIsWanted) {
    const std::string mapping = " must be a mapping of 'key: value' lines, ";
    expect_error_in("enabled:true", 1, "the file" + mapping + "not 'enabled:true'");
    expect_error_in("[eth0]", 1, "the file" + mapping + "not a list");
    expect_error_in("interfaces: [eth0]", 13, "interfaces" + mapping + "not a list");
    expect_error_in("interface: eth0", 12, "interface" + mapping + "not 'eth0'");
    expect_error_in("interface: {eth0: 10.0.2.1}", 19, "eth0" + mapping + "not '10.0.2.1'");
}

// ---- How it is shown ----------------------------------------------------------------------------

TEST(ConfigFile, TabsAndBytesBeyondAsciiDoNotShiftTheCaret) {
    EXPECT_EQ(error_of("files:\t\tx\t# y\n"),
              error_in("files:  x # y", 9, "files must be auto, none or all, not 'x'"));
    EXPECT_EQ(
        error_of("{'\u00e4': 1, files: \u00fc}\r\n"),
        "FILE:1:2: unknown key '\?\?', known here are enabled, interfaces, interface, "
        "table_base, priority_base, link_group, suppress, match, files, imds, addresses, forwarded, mark_mask, hotplug, check, metrics and log_level\n"
        "      1 | {'\?\?': 1, files: \?\?}\n"
        "        |  ^\n"
        "FILE:1:18: files must be auto, none or all, not '\?\?'\n"
        "      1 | {'\?\?': 1, files: \?\?}\n"
        "        |                  ^");
    EXPECT_EQ(error_of("\xef\xbb\xbf"
                       "files: x\n"),
              error_in("files: x", 8, "files must be auto, none or all, not 'x'"));
}

TEST(ConfigFile, ControlCharactersAreRefusedAndNeverPrinted) {
    EXPECT_EQ(error_of("files: all \x04\n"),
              error_in("files: all ?", 12, "a control character, which a text file must not hold"));
    expect_error_in("files: \"\\e[31m\\n\\u009b\"", 8,
                    "files must be auto, none or all, not '?[31m?\?\?'");
}

TEST(ConfigFile, HugeFilesAreRefused) {
    EXPECT_EQ(error_of(std::string(64 * 1024 + 1, '#')), "FILE: larger than 64 KiB");
    EXPECT_EQ(error_of(std::string(64 * 1024, '#')), "no error");
}

std::string error_of_file(const std::string& path) {
    try {
        load_config(path);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "no error";
}

TEST(ConfigFile, AnUnreadableFileIsAnError) {
    const TemporaryFile file("");
    ASSERT_EQ(unlink(file.path().c_str()), 0);
    EXPECT_EQ(error_of_file(file.path()), "no error") << "there is none";
    EXPECT_EQ(error_of_file("/dev/null/config.yaml"), "no error") << "nor here";
    EXPECT_EQ(error_of_file("/proc/self/mem"), "cannot read /proc/self/mem: Input/output error");
    ASSERT_EQ(symlink("config.yaml", file.path().c_str()), 0);
    EXPECT_EQ(error_of_file(file.path()),
              "cannot read " + file.path() + ": Too many levels of symbolic links");
}

/// A FIFO would be waited for without end, a device may have none.
TEST(ConfigFile, WhatIsNoFileIsAnErrorAtOnce) {
    const TemporaryFile file("");
    ASSERT_EQ(unlink(file.path().c_str()), 0);
    ASSERT_EQ(mkfifo(file.path().c_str(), 0600), 0);
    for (const std::string& path : {file.path(), std::string("/proc"), std::string("/dev/zero")})
        EXPECT_EQ(error_of_file(path), "cannot read " + path + ": it is not a regular file");
    EXPECT_EQ(error_of_file("/dev/null"), "no error") << "it says nothing";
}

/// Recorded facts hold one.
TEST(ParseConfig, ReadsTextAndGivesItsNameInErrors) {
    EXPECT_EQ(parse_config("\xef\xbb\xbftable_base: 500\n", "text").table_base, 500u);
    expect_equal(parse_config("", "text"), {});
    const auto error_of_text = [](const std::string& text) -> std::string {
        try {
            parse_config(text, "the recorded configuration");
        } catch (const ConfigError& error) {
            return error.what();
        }
        return "no error";
    };
    EXPECT_EQ(error_of_text("files: x\n"),
              "the recorded configuration:1:8: files must be auto, none or all, not 'x'\n"
              "      1 | files: x\n"
              "        |        ^");
    EXPECT_EQ(error_of_text(std::string(64 * 1024 + 1, '#')),
              "the recorded configuration: larger than 64 KiB");
}

// ---- The shipped file ---------------------------------------------------------------------------

std::string shipped_path() {
    const std::string source = __FILE__;
    return source.substr(0, source.rfind("tests/")) + "data/config.yaml";
}

/// "#key: value" and "#  key: value" without their #, and nothing else: "# " begins prose.
std::string documented_keys() {
    std::ifstream in(shipped_path());
    std::string result;
    for (std::string line; std::getline(in, line);) {
        const std::size_t start = line.find_first_not_of(' ', 1);
        if (start == std::string::npos || start == 2) continue;
        result += line.substr(1) + "\n";
    }
    return result;
}

TEST(ShippedConfig, IsTheDefaults) {
    ASSERT_TRUE(std::ifstream(shipped_path()).good()) << shipped_path();
    expect_equal(load_config(shipped_path()), {});
}

TEST(ShippedConfig, DocumentsEachKeyWithItsDefault) {
    const std::string keys = documented_keys();
    Config expected;
    expected.primary = "eth0";  // an example, as is all of eth1
    expected.interfaces["eth1"] = {true, IpAddress::parse("10.0.2.1"), IpAddress::parse("fe80::1"),
                                   TableId{500}};
    expected.imds_endpoint = "http://169.254.169.254";
    expected.metrics = "/run/eni-routes/eni-routes.prom";
    SCOPED_TRACE(keys);
    expect_equal(load(keys), expected);
    for (const char* key : {"enabled: ",         "interfaces:\n  include: ",
                            "  exclude: ",       "interface:\n  eth1:\n    enabled: ",
                            "table_base: ",      "priority_base: ",
                            "link_group: ",      "suppress: ",
                            "match: ",           "files: ",
                            "imds:\n  mode: ",   "  endpoint: ",
                            "addresses: ",       "forwarded: ",
                            "mark_mask: ",       "hotplug:\n  save: ",
                            "check:\n  peers: ", "  accept: ",
                            "metrics: ",         "log_level: "})
        EXPECT_NE(("\n" + keys).find("\n" + std::string(key)), std::string::npos) << key;
}

}  // namespace
}  // namespace eni

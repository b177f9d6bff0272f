// What is believed of the dispatcher's arguments and environment, and what is not.
#include "event.hpp"

#include <gtest/gtest.h>

#include <map>
#include <stdexcept>

namespace eni {
namespace {

using Variables = std::map<std::string, std::string>;

std::optional<Event> event_of(const std::string& ifname, const std::string& action,
                              const Variables& variables = {}) {
    return event_from(ifname, action, [&](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second.c_str();
    });
}

std::string routers_of(const std::string& value) {
    const auto event = event_of("eth1", "up", {{"DHCP4_ROUTERS", value}});
    if (!event->lease) return "no lease";
    std::string text = event->lease->ifname + ":";
    for (const IpAddress& router : event->lease->routers) text += " " + router.to_string();
    return text;
}

TEST(EventFrom, TellsWhichProfileIsActive) {
    const std::string uuid = "5FB06BD0-0BB0-7FFB-45F1-D6EDD65F3E03";
    EXPECT_EQ(event_of("eth1", "up", {{"CONNECTION_UUID", uuid}})->profile,
              "5fb06bd0-0bb0-7ffb-45f1-d6edd65f3e03");
    EXPECT_FALSE(event_of("eth1", "down", {{"CONNECTION_UUID", uuid}})->profile);
    for (const std::string& none : {std::string(), std::string("../eth1"), uuid + "0",
                                    std::string(36, '-'), std::string(36, 'a')})
        EXPECT_FALSE(event_of("eth1", "up", {{"CONNECTION_UUID", none}})->profile) << none;
}

TEST(EventFrom, TakesOurActionsOnly) {
    for (const char* action : {"pre-up", "up", "down", "dhcp4-change", "dhcp6-change", "reapply"}) {
        const auto event = event_of("eth1", action);
        ASSERT_TRUE(event) << action;
        EXPECT_EQ(event->ifname, "eth1");
        EXPECT_EQ(event->action, action);
        EXPECT_FALSE(event->lease);
    }
    for (const char* action : {"", "pre-down", "vpn-up", "vpn-down", "hostname", "UP", "up ",
                               "connectivity-change", "device-add", "dns-change", "up\nup"})
        EXPECT_FALSE(event_of("eth1", action)) << action;
}

TEST(EventFrom, AsksForNoNameWithAnActionThatIsNotOurs) {
    EXPECT_FALSE(event_of("", "connectivity-change"));
    EXPECT_FALSE(event_of("none", "hostname"));
    EXPECT_FALSE(event_of("../x", "pre-down"));
}

TEST(EventFrom, RefusesHostileNames) {
    for (const std::string& name :
         {std::string(""), std::string("../etc"), std::string("-rf"), std::string("a b"),
          std::string("a/b"), std::string("a;reboot"), std::string("$(x)"), std::string("eth0\n"),
          std::string("a-name-of-sixteen"), std::string("eth0\0x", 6), std::string("\xc3\xa9")})
        EXPECT_THROW(event_of(name, "up"), std::invalid_argument) << name;
}

TEST(EventFrom, ShowsARefusedNameWithoutItsControlCharacters) {
    try {
        event_of("e\x1b[2J\n\"", "up");
        FAIL() << "must throw";
    } catch (const std::invalid_argument& error) {
        EXPECT_STREQ(error.what(), "\"e?[2J?\"\" is not the name of an interface");
    }
}

TEST(EventFrom, ReadsTheRoutersOfTheLease) {
    EXPECT_EQ(routers_of("10.0.2.1"), "eth1: 10.0.2.1");
    EXPECT_EQ(routers_of(" 10.0.2.1  10.0.2.2 "), "eth1: 10.0.2.1 10.0.2.2");
}

TEST(EventFrom, LeavesOutWhatIsNoRouter) {
    EXPECT_EQ(routers_of("0.0.0.0 127.0.0.1 224.0.0.1 255.255.255.255 2001:db8::1 10.0.2.1/24 x "
                         "10.0.2.256 010.0.2.1 10.0.2.9"),
              "eth1: 10.0.2.9");
    EXPECT_EQ(routers_of("$(reboot) \n\x1b"), "no lease");
    EXPECT_EQ(routers_of(""), "no lease");
}

TEST(EventFrom, GivesTheLeaseToTheInterfaceThatHasTheAddress) {
    const auto lease_of = [](const std::string& ip_iface) {
        return event_of("ttyS0", "up",
                        {{"DHCP4_ROUTERS", "10.0.2.1"}, {"DEVICE_IP_IFACE", ip_iface}})
            ->lease->ifname;
    };
    EXPECT_EQ(lease_of("eth1"), "eth1");
    EXPECT_EQ(lease_of(""), "ttyS0");
    EXPECT_EQ(lease_of("../eth1"), "ttyS0");
}

TEST(EventFrom, BelievesNothingElse) {
    const auto event = event_of("eth1", "up",
                                {{"IP4_GATEWAY", "10.0.2.1"},
                                 {"IP4_ADDRESS_0", "10.0.2.37/24 10.0.2.1"},
                                 {"DEVICE_IFACE", "eth7"},
                                 {"DHCP4_IP_ADDRESS", "10.0.2.37"}});
    EXPECT_EQ(event->ifname, "eth1");
    EXPECT_FALSE(event->lease);
}

}  // namespace
}  // namespace eni

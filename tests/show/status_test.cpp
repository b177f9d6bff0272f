// What `eni-routes status` says of EC2: numbers, assigned and public addresses, prefixes; as text
// and as JSON.
#include "status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "example.hpp"
#include "ownership.hpp"

namespace eni {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::HasSubstr;
using ::testing::Not;

Config imds() {
    Config config;
    config.addresses = Addresses::imds;
    return config;
}

/// eth1 is device 3 on card 1: one address that it has, one that it has not, and a prefix.
Facts on_ec2() {
    Facts facts = two_interfaces();
    eni_of(facts, "eth0") = eni(0, {"10.0.0.0/24"}, {"10.0.0.29"});
    eni_of(facts, "eth0").is_fresh = false;
    Eni& eni1 = eni_of(facts, "eth1");
    eni1 = eni(3, {"10.0.2.0/24"}, {"10.0.2.37", "10.0.2.50"});
    eni1.network_card = 1;
    eni1.delegated = {net("10.0.2.64/28")};
    eni1.associations = {{ip("10.0.2.37"), ip("203.0.113.66")}};
    return facts;
}

std::string text_of(const Facts& facts, const Config& config = {}) {
    return render_status(facts, make_change_set(facts, config, {}), std::nullopt, Paint(false));
}
Json json_of(const Facts& facts, const Config& config = {}) {
    return Json::parse(render_status_json(facts, make_change_set(facts, config, {}), std::nullopt));
}

TEST(Status, NamesTheDevice) {
    const std::string text = text_of(on_ec2());
    EXPECT_THAT(text, HasSubstr("\neth0          primary, up, rp_filter off, 02:00:00:00:00:00, "
                                "device 0\n"));
    EXPECT_THAT(text, HasSubstr("\neth1          up, rp_filter off, 02:00:00:00:00:01, device 3 on "
                                "network card 1\n"));
    EXPECT_THAT(text, HasSubstr("\n  table       eth1 (10103)\n"));
    EXPECT_THAT(text_of(two_interfaces()),
                HasSubstr("\neth1          up, rp_filter off, 02:00:00:00:00:01\n"));
}

TEST(Status, SaysWhetherTheWatchRuns) {
    const struct {
        WatchStatus watch;
        std::string words;
    } cases[] = {
        {{std::nullopt, false}, "does not run"},
        {{std::nullopt, true}, "enabled, and does not run: systemctl restart eni-routes-watch"},
        {{WatchFacts{4711, {}}, true}, "runs, process 4711"}};
    const ChangeSet change_set = make_change_set(two_interfaces(), {}, {});
    for (const auto& each : cases) {
        EXPECT_THAT(render_status(two_interfaces(), change_set, each.watch, Paint(false)),
                    HasSubstr("\n  watch       " + each.words + "\n"));
        const Json json = Json::parse(render_status_json(two_interfaces(), change_set, each.watch));
        EXPECT_EQ(json["watch_is_enabled"], each.watch.is_enabled);
        EXPECT_EQ(json["watch"].is_null(), !each.watch.watch);
    }
    EXPECT_EQ(json_of(two_interfaces())["watch_is_enabled"], Json()) << "it is not known";
}

TEST(Status, TellsWhatIsAssigned) {
    EXPECT_THAT(text_of(on_ec2()), HasSubstr("  addresses   10.0.2.37/24 = 203.0.113.66\n"
                                             "              10.0.2.50, assigned in EC2\n"
                                             "              10.0.2.64/28, delegated in EC2\n"));
    EXPECT_THAT(text_of(two_interfaces()), HasSubstr("  addresses   10.0.2.37/24\n"));
}

TEST(Status, MarksWhatIsMissing) {
    Facts facts = on_ec2();
    eni_of(facts, "eth1").associations.push_back({ip("10.0.2.50"), ip("203.0.113.67")});
    const std::string text = text_of(facts, imds());
    EXPECT_THAT(text, HasSubstr("10.0.2.50 = 203.0.113.67, assigned in EC2  <- missing\n"));
    EXPECT_THAT(text, HasSubstr("local 10.0.2.64/28 dev eth1 table local  <- missing\n"));
    EXPECT_THAT(text_of(facts), Not(HasSubstr("assigned in EC2  <- missing")))
        << "nobody is to put it on";
}

TEST(Status, OfWhatIsThereIsTheAddressAsTheKernelHasIt) {
    Facts facts = on_ec2();
    const Plan plan = make_plan(facts, imds(), Absent::forget);
    facts = carried_out(facts, plan);
    facts.run = plan.run;
    EXPECT_THAT(text_of(facts, imds()),
                HasSubstr("  addresses   10.0.2.37/24 = 203.0.113.66\n"
                          "              10.0.2.50/32\n"
                          "              10.0.2.64/28, delegated in EC2\n"));
    EXPECT_THAT(text_of(facts, imds()), Not(HasSubstr("<- missing")));
    EXPECT_THAT(text_of(facts, imds()), Not(HasSubstr("left over")));
    EXPECT_THAT(text_of(facts), HasSubstr("\n  left over   route local 10.0.2.64/28 dev eth1 table "
                                          "255\n"
                                          "              address 10.0.2.50/32 dev eth1\n"));
    EXPECT_EQ(json_of(facts)["surplus"],
              Json::parse(R"(["route local 10.0.2.64/28 dev eth1 table 255",
                              "address 10.0.2.50/32 dev eth1"])"));
}

TEST(StatusJson, HasWhatEc2Says) {
    const Json interfaces = json_of(on_ec2())["interfaces"];
    EXPECT_EQ(interfaces[1]["ec2"], Json::parse(R"({
        "network_card": 1, "device_number": 3, "answered": true,
        "assigned": [{"address": "10.0.2.37", "public_address": "203.0.113.66", "present": true},
                     {"address": "10.0.2.50", "public_address": null, "present": false}],
        "delegated": ["10.0.2.64/28"]})"));
    EXPECT_EQ(interfaces[0]["ec2"], Json::parse(R"({
        "network_card": 0, "device_number": 0, "answered": false,
        "assigned": [{"address": "10.0.0.29", "public_address": null, "present": true}],
        "delegated": []})"));
    EXPECT_EQ(json_of(two_interfaces())["interfaces"][0]["ec2"], Json());
}

}  // namespace
}  // namespace eni

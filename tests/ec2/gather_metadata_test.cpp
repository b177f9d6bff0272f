// EC2's metadata, asked over HTTP: what a good answer gives, and that a bad one gives nothing. Each
// test has a server of its own (metadata_server.hpp), and little patience.
#include "gather_metadata.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "example.hpp"
#include "metadata_server.hpp"

namespace eni {
namespace {

using std::chrono::milliseconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Lines = std::vector<std::string>;
using Clock = std::chrono::steady_clock;

constexpr char kMac0[] = "02:00:00:00:00:00";
constexpr char kMac1[] = "02:00:00:00:00:01";
constexpr milliseconds kPatienceHere{290};    // two questions: at once, and after 100 ms
constexpr milliseconds kThreeQuestions{700};  // the third after 300 ms
constexpr milliseconds kLong{10000};
constexpr milliseconds kSlack{1000};  // for a machine that has other things to do

std::string path_of(const std::string& mac, const std::string& key = "") {
    return kMacsPath + mac + "/" + key;
}

using Keys = std::map<std::string, std::string>;  // sorted, as EC2 lists them

std::string listing_of(const Keys& keys) {
    std::string listing;
    for (const auto& [key, body] : keys) listing += (listing.empty() ? "" : "\n") + key;
    return listing;
}

void describe(MetadataServer& server, const std::string& mac, const Keys& keys) {
    server.say(path_of(mac), {listing_of(keys)});
    for (const auto& [key, body] : keys) server.say(path_of(mac, key), {body});
}

const Keys kKeys0 = {{"device-number", "0"},
                     {"local-ipv4s", "10.0.0.29"},
                     {"subnet-ipv4-cidr-block", "10.0.0.0/24"},
                     {"vpc-ipv4-cidr-block", "10.0.0.0/16"},
                     {"vpc-ipv4-cidr-blocks", "10.0.0.0/16"}};
const Keys kKeys1 = {{"device-number", "3"},
                     {"interface-id", "eni-0123456789abcdef0"},
                     {"ipv4-associations/", "203.0.113.66"},
                     {"ipv4-associations/203.0.113.66", "10.0.2.37"},
                     {"ipv4-prefix", "10.0.2.64/28"},
                     {"ipv6-prefix", "2001:db8:2:0:1::/80"},
                     {"ipv6s", "2001:db8:2::37"},
                     {"local-ipv4s", "10.0.2.37\n10.0.2.50"},
                     {"network-card", "1"},
                     {"subnet-ipv4-cidr-block", "10.0.2.0/24"},
                     {"subnet-ipv6-cidr-blocks", "2001:db8:2::/64"},
                     {"vpc-ipv4-cidr-blocks", "10.0.0.0/16\n10.1.0.0/16"},
                     {"vpc-ipv6-cidr-blocks", "2001:db8:2::/56"}};

Eni eni0() {
    Eni known = eni(0, {"10.0.0.0/24"}, {"10.0.0.29"});
    known.vpc_blocks = {net("10.0.0.0/16")};
    return known;
}
Eni eni1() {
    Eni known =
        eni(3, {"10.0.2.0/24", "2001:db8:2::/64"}, {"10.0.2.37", "10.0.2.50", "2001:db8:2::37"});
    known.network_card = 1;
    known.delegated = {net("10.0.2.64/28"), net("2001:db8:2:0:1::/80")};
    known.vpc_blocks = {net("10.0.0.0/16"), net("10.1.0.0/16"), net("2001:db8:2::/56")};
    known.associations = {{ip("10.0.2.37"), ip("203.0.113.66")}};
    return known;
}

/// Two interfaces, of which all is known already: they are believed at once.
class GatherMetadata : public ::testing::Test {
  protected:
    GatherMetadata() {
        server.say(std::string(kMetadata) + "mac", {kMac0});
        server.say(kMacsPath, {std::string(kMac0) + "/\n" + kMac1 + "/"});
        describe(server, kMac0, kKeys0);
        describe(server, kMac1, kKeys1);
        config.imds_endpoint = server.endpoint();
        question.interfaces = {{kMac0, "eth0"}, {kMac1, "eth1"}};
        question.known = {{kMac0, eni0()}, {kMac1, eni1()}};
        for (auto& [mac, known] : question.known) known.is_fresh = false;
        question.patience = kPatienceHere;
    }

    MetadataAnswer ask() {
        const auto start = Clock::now();
        MetadataAnswer answer = gather_metadata(config, question);
        took = std::chrono::duration_cast<milliseconds>(Clock::now() - start);
        return answer;
    }

    /// The names of those that are answered.
    Lines answered() {
        last = ask();
        Lines names;
        for (const auto& [mac, eni] : last.enis) names.push_back(question.interfaces.at(mac));
        return names;
    }

    /// Of the last answer: "eth1: its listing ..."
    Lines problems() const {
        Lines lines;
        for (const auto& [ifname, text] : last.problems) lines.push_back(ifname + ": " + text);
        return lines;
    }

    int questions() const { return server.times(kTokenPath); }

    MetadataServer server;
    Config config;
    MetadataQuestion question;
    MetadataAnswer last;
    milliseconds took{0};
};

const Lines kBoth = {"eth0", "eth1"};
const Lines kFirst = {"eth0"};

// ---- Good answers -------------------------------------------------------------------------------

TEST_F(GatherMetadata, TakesAllThatIsOfUse) {
    const MetadataAnswer answer = ask();
    ASSERT_EQ(answer.enis.size(), 2u);
    EXPECT_TRUE(answer.enis.at(kMac0) == eni0());
    EXPECT_TRUE(answer.enis.at(kMac1) == eni1());
    EXPECT_TRUE(answer.enis.at(kMac0).is_fresh && answer.enis.at(kMac1).is_fresh);
    EXPECT_THAT(answer.problems, IsEmpty());
    EXPECT_TRUE(answer.is_there);
    EXPECT_EQ(questions(), 1);
    EXPECT_EQ(server.times(path_of(kMac1, "interface-id")), 0) << "is of no use";
}

TEST_F(GatherMetadata, ShowsItsTokenEachTime) {
    ask();
    EXPECT_EQ(server.times(kTokenPath), 1);
    EXPECT_EQ(server.without_token(), 0) << "version 1 is never used";
}

TEST_F(GatherMetadata, AsksOnlyForTheInterfacesThatThereAre) {
    question.interfaces.erase(kMac0);
    EXPECT_EQ(answered(), Lines{"eth1"});
    EXPECT_EQ(server.times(path_of(kMac0)), 0);
}

TEST_F(GatherMetadata, WhatIsNotListedIsNone) {
    Keys few = kKeys1;
    for (const char* key :
         {"network-card", "ipv6s", "ipv4-prefix", "ipv6-prefix", "ipv4-associations/",
          "ipv4-associations/203.0.113.66", "subnet-ipv6-cidr-blocks", "vpc-ipv6-cidr-blocks"})
        few.erase(key);
    server.say(path_of(kMac1), {listing_of(few)});  // though each would be answered
    Eni& known = question.known[kMac1];
    known.network_card = 0;
    known.addresses.pop_back();
    known.delegated.clear();
    known.associations.clear();
    known.subnets.pop_back();
    known.vpc_blocks.pop_back();
    EXPECT_EQ(answered(), kBoth);
    EXPECT_EQ(questions(), 1);
    EXPECT_EQ(server.times(path_of(kMac1, "network-card")), 0);
}

TEST_F(GatherMetadata, ASubnetOfOneFamilyIsEnough) {
    Keys only6 = kKeys1;
    for (const char* key : {"subnet-ipv4-cidr-block", "local-ipv4s", "ipv4-prefix",
                            "ipv4-associations/", "ipv4-associations/203.0.113.66"})
        only6.erase(key);
    describe(server, kMac1, only6);
    Eni& known = question.known[kMac1];
    known.subnets = {net("2001:db8:2::/64")};
    known.addresses = {ip("2001:db8:2::37")};
    known.delegated = {net("2001:db8:2:0:1::/80")};
    known.associations.clear();
    EXPECT_EQ(answered(), kBoth);
}

// ---- One of them is not answered ----------------------------------------------------------------

/// Each says that eth1 is not answered, eth0 is, and why.
#define EXPECT_ONLY_ETH0(why)                                                                    \
    EXPECT_EQ(answered(), kFirst);                                                               \
    EXPECT_THAT(problems(),                                                                      \
                ElementsAre(::testing::AllOf(::testing::StartsWith("eth1: "), HasSubstr(why)))); \
    EXPECT_EQ(server.times(path_of(kMac0)), 1) << "what is answered is not asked for again"

TEST_F(GatherMetadata, AListedKeyThatIsNotThereMakesTheInterfaceUnanswered) {
    server.unsay(path_of(kMac1, "ipv6s"));
    EXPECT_ONLY_ETH0("ipv6s: HTTP status 404");
}

TEST_F(GatherMetadata, WhatFailsIsAskedAgainWithGrowingPauses) {
    server.unsay(path_of(kMac1, "ipv6s"));
    question.patience = kThreeQuestions;
    EXPECT_ONLY_ETH0("ipv6s: HTTP status 404");
    EXPECT_EQ(questions(), 3);
    EXPECT_GE(took, milliseconds(300));
    EXPECT_LT(took, kThreeQuestions) << "a pause that does not end in time is not begun";
}

TEST_F(GatherMetadata, WhatFailedOnceIsAnsweredTheNextTime) {
    server.script(path_of(kMac1, "ipv6s"), [](int time) {
        return time == 0 ? Said{"", 503, "", Said::Way::whole} : Said{"2001:db8:2::37"};
    });
    question.patience = kLong;
    EXPECT_EQ(answered(), kBoth);
    EXPECT_EQ(questions(), 2);
}

TEST_F(GatherMetadata, WhicheverFailedIsAskedForAgain) {
    server.script(path_of(kMac0, "local-ipv4s"), [](int time) {
        return time == 0 ? Said{"", 503, "", Said::Way::whole} : Said{"10.0.0.29"};
    });
    question.patience = kLong;
    EXPECT_EQ(answered(), kBoth);
    EXPECT_EQ(server.times(path_of(kMac1)), 1);
}

TEST_F(GatherMetadata, ItGoesOnWhenTheListOrTheTokenComesLater) {
    const std::string list = std::string(kMac0) + "/\n" + kMac1 + "/";
    server.script(kMacsPath, [=](int time) {
        return time == 0 ? Said{"", 503, "", Said::Way::whole} : Said{list};
    });
    question.patience = kLong;
    EXPECT_EQ(answered(), kBoth);
    const int first = questions();
    server.script(kTokenPath, [=](int time) {
        if (time == first) return Said{"", 503, "", Said::Way::whole};
        // libcurl itself asks once more where a connection that was open is reset.
        if (time <= first + 2) return Said{"", 200, "", Said::Way::reset};
        return Said{"token-" + std::to_string(time)};
    });
    EXPECT_EQ(answered(), kBoth) << "it was there, so it will be there again";
}

TEST_F(GatherMetadata, AKeyThatSaysNothingMakesTheInterfaceUnanswered) {
    server.say(path_of(kMac1, "local-ipv4s"), {""});
    EXPECT_ONLY_ETH0("local-ipv4s: the answer is empty");
}

TEST_F(GatherMetadata, AKeyThatSaysNonsenseMakesTheInterfaceUnanswered) {
    server.say(path_of(kMac1, "local-ipv4s"), {"10.0.2.37\nnonsense"});
    EXPECT_ONLY_ETH0("local-ipv4s: the answer makes no sense");
}

TEST_F(GatherMetadata, ANumberThatIsNoneMakesTheInterfaceUnanswered) {
    server.say(path_of(kMac1, "network-card"), {"first"});
    EXPECT_ONLY_ETH0("network-card: the answer makes no sense");
}

TEST_F(GatherMetadata, APrefixThatIsNoneMakesTheInterfaceUnanswered) {
    server.say(path_of(kMac1, "ipv4-prefix"), {"10.0.2.65/28"});
    EXPECT_ONLY_ETH0("ipv4-prefix: the answer makes no sense");
}

TEST_F(GatherMetadata, AContradictionMakesTheInterfaceUnanswered) {
    server.say(path_of(kMac1, "local-ipv4s"), {"10.0.3.37"});
    EXPECT_ONLY_ETH0("10.0.3.37 is not in its subnet");
}

TEST_F(GatherMetadata, AnAssociationThatIsNotThereMakesTheInterfaceUnanswered) {
    server.unsay(path_of(kMac1, "ipv4-associations/203.0.113.66"));
    EXPECT_ONLY_ETH0("203.0.113.66: HTTP status 404");
}

TEST_F(GatherMetadata, AnAssociationThatMakesNoSenseMakesTheInterfaceUnanswered) {
    server.say(path_of(kMac1, "ipv4-associations/203.0.113.66"), {"here"});
    EXPECT_ONLY_ETH0("ipv4-associations/203.0.113.66: the answer makes no sense");
}

/// What is no address does not become a part of a path.
TEST_F(GatherMetadata, AnAssociationThatIsNoAddressIsNotAskedFor) {
    server.say(path_of(kMac1, "ipv4-associations/"), {"../mac"});
    EXPECT_ONLY_ETH0("ipv4-associations/: the answer makes no sense");
    EXPECT_EQ(server.times(path_of(kMac1, "ipv4-associations/../mac")), 0);
}

TEST_F(GatherMetadata, AListingThatIsCutOffMakesTheInterfaceUnanswered) {
    const std::string listing = listing_of(kKeys1);
    server.say(path_of(kMac1), {listing.substr(0, listing.find("\nvpc-ipv4-cidr-blocks"))});
    EXPECT_ONLY_ETH0("the listing of its keys is not whole");
}

TEST_F(GatherMetadata, AListingWithoutADeviceNumberMakesTheInterfaceUnanswered) {
    Keys keys = kKeys1;
    keys.erase("device-number");
    server.say(path_of(kMac1), {listing_of(keys)});
    EXPECT_ONLY_ETH0("the listing of its keys is not whole");
}

TEST_F(GatherMetadata, AListingWithoutASubnetMakesTheInterfaceUnanswered) {
    Keys keys = kKeys1;
    keys.erase("subnet-ipv4-cidr-block");
    keys.erase("subnet-ipv6-cidr-blocks");
    server.say(path_of(kMac1), {listing_of(keys)});
    EXPECT_ONLY_ETH0("it has no subnet yet");
    EXPECT_EQ(server.times(path_of(kMac1, "device-number")), 0);
}

TEST_F(GatherMetadata, ASecondaryWithThePrimarysNumberIsUnanswered) {
    server.say(path_of(kMac1, "device-number"), {"0"});
    server.say(path_of(kMac1, "network-card"), {"0"});
    EXPECT_ONLY_ETH0("device-number: it has the primary's number still");
}

TEST_F(GatherMetadata, DeviceZeroOfAnotherCardIsNotThePrimary) {
    server.say(path_of(kMac1, "device-number"), {"0"});
    question.known[kMac1].device_number = 0;
    EXPECT_EQ(answered(), kBoth);
}

// ---- Nothing is answered ------------------------------------------------------------------------

TEST_F(GatherMetadata, WithoutATokenNothingIsAsked) {
    for (const int status : {400, 403, 429, 500, 503}) {
        server.say(kTokenPath, {"no", status, "", Said::Way::whole});
        EXPECT_THAT(answered(), IsEmpty()) << status;
        EXPECT_THAT(problems(),
                    ElementsAre(": " + server.endpoint() + " gives no token: HTTP status " +
                                std::to_string(status)));
        EXPECT_TRUE(last.is_there) << status;
        EXPECT_LT(took, kPatienceHere + kSlack) << status;
    }
    EXPECT_EQ(server.times(kMacsPath), 0);
}

TEST_F(GatherMetadata, WhoKnowsNoTokensIsNotEc2AndIsAskedOnce) {
    for (const int status : {404, 405}) {
        server.say(kTokenPath, {"no", status, "", Said::Way::whole});
        EXPECT_THAT(answered(), IsEmpty()) << status;
        EXPECT_FALSE(last.is_there) << status;
    }
    EXPECT_EQ(server.times(kTokenPath), 2);
}

TEST_F(GatherMetadata, MoreAssociationsThanEc2CanHaveAreNotAskedFor) {
    std::string many;
    for (int i = 0; i < 257; ++i)
        many += "203.0." + std::to_string(i / 250) + "." + std::to_string(1 + i % 250) + "\n";
    server.say(path_of(kMac1, "ipv4-associations/"), {many});
    EXPECT_EQ(answered(), Lines{"eth0"});
    EXPECT_EQ(server.times(path_of(kMac1, "ipv4-associations/203.0.0.1")), 0);
}

TEST_F(GatherMetadata, WithoutTheListOfInterfacesNothingIsAnswered) {
    const std::string list = std::string(kMac0) + "/\n" + kMac1 + "/";
    for (const std::string& bad : {std::string("nonsense"), list + "\n02:00/", "\n" + list}) {
        server.say(kMacsPath, {bad});
        EXPECT_THAT(answered(), IsEmpty()) << bad;
        EXPECT_THAT(problems(), ElementsAre(": macs/: the answer makes no sense"));
    }
    server.say(kMacsPath, {"", 503, "", Said::Way::whole});
    EXPECT_THAT(answered(), IsEmpty());
    EXPECT_THAT(problems(), ElementsAre(HasSubstr("HTTP status 503")));
}

TEST_F(GatherMetadata, WithoutThePrimarysMacNothingIsAnswered) {
    server.say(std::string(kMetadata) + "mac", {"nonsense"});
    EXPECT_THAT(answered(), IsEmpty());
    EXPECT_THAT(problems(), ElementsAre(": mac: the answer makes no sense"));
}

TEST_F(GatherMetadata, WhoSaysNothingIsWaitedForNoLongerThanThePatience) {
    server.say(path_of(kMac1, "local-ipv4s"), {"", 200, "", Said::Way::nothing});
    EXPECT_EQ(answered(), kFirst);
    EXPECT_GE(took, kPatienceHere - milliseconds(50));
    EXPECT_LT(took, kPatienceHere + kSlack);
}

TEST_F(GatherMetadata, WhenThePatienceHasEndedNothingMoreIsAsked) {
    server.say(path_of(kMac0, "local-ipv4s"), {"", 200, "", Said::Way::nothing});
    EXPECT_THAT(answered(), IsEmpty());
    EXPECT_THAT(problems(), Contains(HasSubstr("eth1: ")));
    EXPECT_LT(took, kPatienceHere + kSlack);
}

// ---- Nobody is there ----------------------------------------------------------------------------

/// A port at which nobody listens.
int free_port() {
    return MetadataServer().port();
}

TEST_F(GatherMetadata, WhereNobodyListensItReturnsAtOnce) {
    config.imds_endpoint = "http://127.0.0.1:" + std::to_string(free_port());
    question.patience = kLong;
    EXPECT_THAT(answered(), IsEmpty());
    EXPECT_FALSE(last.is_there);
    EXPECT_LT(took, kSlack) << "it does not ask once more";
    EXPECT_THAT(problems(), ElementsAre(HasSubstr(*config.imds_endpoint + " gives no token: ")));
}

TEST_F(GatherMetadata, WhereAnAnswerIsRequiredItAsksAgain) {
    const int port = free_port();
    config.imds_endpoint = "http://127.0.0.1:" + std::to_string(port);
    config.imds = Imds::require;
    question.patience = kLong;
    question.interfaces.erase(kMac1);
    std::thread later([&] {
        std::this_thread::sleep_for(milliseconds(150));
        MetadataServer late(AF_INET, port);
        late.say(std::string(kMetadata) + "mac", {kMac0});
        late.say(kMacsPath, {std::string(kMac0) + "/"});
        describe(late, kMac0, kKeys0);
        std::this_thread::sleep_for(milliseconds(1000));
    });
    EXPECT_EQ(answered(), kFirst);
    EXPECT_LT(took, milliseconds(700) + kSlack);
    later.join();
}

TEST_F(GatherMetadata, WhereAnAnswerIsRequiredItsPatienceEndsToo) {
    config.imds_endpoint = "http://127.0.0.1:" + std::to_string(free_port());
    config.imds = Imds::require;
    question.patience = kThreeQuestions;
    EXPECT_THAT(answered(), IsEmpty());
    EXPECT_GE(took, milliseconds(300));
    EXPECT_LT(took, kThreeQuestions);
}

// ---- News ---------------------------------------------------------------------------------------

TEST_F(GatherMetadata, NewsIsBelievedWhenItIsSaidTwice) {
    question.known.clear();
    question.patience = kLong;
    EXPECT_EQ(answered(), kBoth);
    EXPECT_EQ(questions(), 2);
    EXPECT_GE(took, milliseconds(100));
    EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(GatherMetadata, ALieThatChangesIsNeverBelieved) {
    server.script(path_of(kMac1, "device-number"),
                  [](int time) { return Said{std::to_string(10 + time)}; });
    question.patience = kThreeQuestions;
    EXPECT_ONLY_ETH0("its answer is new, and was given only once");
}

TEST_F(GatherMetadata, TheTwoTimesFollowEachOther) {
    server.script(path_of(kMac1, "device-number"), [](int time) {
        return Said{time == 1 ? "8" : "7"};  // 7, 8, 7: not twice the same
    });
    question.patience = kThreeQuestions;
    EXPECT_EQ(answered(), kFirst);
    server.script(path_of(kMac1, "device-number"),
                  [first = server.times(path_of(kMac1, "device-number"))](int time) {
                      return Said{time == first ? "8" : "7"};  // 8, 7, 7
                  });
    EXPECT_EQ(answered(), kBoth);
    EXPECT_EQ(last.enis.at(kMac1).device_number, 7u);
}

TEST_F(GatherMetadata, WhatIsKnownIsBelievedAtOnceAfterALie) {
    server.script(path_of(kMac1, "device-number"),
                  [](int time) { return Said{time == 0 ? "7" : "3"}; });
    question.patience = kLong;
    EXPECT_EQ(answered(), kBoth);
    EXPECT_EQ(questions(), 2);
    EXPECT_TRUE(last.enis.at(kMac1) == eni1());
}

TEST_F(GatherMetadata, WhatBecomesCompleteMeanwhileIsAnswered) {
    Keys early = kKeys1;
    early.erase("subnet-ipv4-cidr-block");
    early.erase("subnet-ipv6-cidr-blocks");
    const std::string before = listing_of(early), after = listing_of(kKeys1);
    server.script(path_of(kMac1), [=](int time) { return Said{time == 0 ? before : after}; });
    question.patience = kLong;
    EXPECT_EQ(answered(), kBoth);
    EXPECT_EQ(questions(), 2);
    EXPECT_THAT(problems(), IsEmpty()) << "of earlier questions nothing is said";
}

// ---- What is not listed -------------------------------------------------------------------------

TEST_F(GatherMetadata, ANewInterfaceIsWaitedFor) {
    const std::string list = std::string(kMac0) + "/";
    server.script(kMacsPath,
                  [=](int time) { return Said{time == 0 ? list : list + "\n" + kMac1 + "/"}; });
    question.known.erase(kMac1);
    question.new_interface = kMac1;
    question.patience = kLong;
    EXPECT_EQ(answered(), kBoth);
    EXPECT_EQ(questions(), 3) << "once it was not listed, and then it was news";
}

TEST_F(GatherMetadata, ANewInterfaceThatIsNeverListedIsReported) {
    server.say(kMacsPath, {std::string(kMac0) + "/"});
    question.known.erase(kMac1);
    question.new_interface = kMac1;
    question.patience = kThreeQuestions;
    EXPECT_ONLY_ETH0("it is not listed");
    EXPECT_EQ(questions(), 3);
}

TEST_F(GatherMetadata, AnotherThatIsNotListedIsNotWaitedFor) {
    server.say(kMacsPath, {std::string(kMac0) + "/"});
    question.known.erase(kMac1);
    EXPECT_EQ(answered(), kFirst);
    EXPECT_EQ(questions(), 1);
    EXPECT_THAT(problems(), IsEmpty()) << "it is no interface of EC2's";
}

TEST_F(GatherMetadata, OneThatWasListedBeforeIsAskedForAgain) {
    server.say(kMacsPath, {std::string(kMac0) + "/"});
    question.patience = kThreeQuestions;
    EXPECT_ONLY_ETH0("it is not listed");
    EXPECT_EQ(questions(), 3);
}

}  // namespace
}  // namespace eni

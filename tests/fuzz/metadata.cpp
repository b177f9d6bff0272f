// EC2's answers, each section of the input one: what is believed of an interface does not
// contradict itself, whatever was answered. http.cpp is replaced, and so is the time that is
// waited.
#include "metadata.hpp"

#include <ctime>

#include "fuzz.hpp"
#include "gather_metadata.hpp"
#include "http.hpp"

namespace {
std::map<std::string, std::string> answers;
constexpr std::size_t kMaxBody = 1U << 14;
}  // namespace

/// Answers are asked for again after a pause, which std::this_thread::sleep_for makes.
extern "C" int nanosleep(const timespec*, timespec*) {
    return 0;
}

namespace eni {

HttpSession::HttpSession(std::string endpoint, std::chrono::steady_clock::time_point end)
    : endpoint_(std::move(endpoint)), end_(end) {}

Reply HttpSession::take_token() {
    return {200, "token", ""};
}

std::vector<Reply> HttpSession::get(const std::vector<std::string>& paths) {
    std::vector<Reply> replies;
    for (const std::string& path : paths) {
        const std::string name = path.substr(path.find("meta-data") + sizeof "meta-data");
        const auto found = answers.find(name);
        if (found == answers.end() || found->second.size() > kMaxBody)
            replies.push_back({404, "", "it answers 404"});
        else
            replies.push_back({200, found->second, ""});
    }
    return replies;
}

namespace {

void ask() {
    Config config;
    config.imds_endpoint = "http://127.0.0.1:1";
    MetadataQuestion question;
    question.interfaces = {{"02:00:00:00:00:01", "eth0"}, {"02:00:00:00:00:02", "eth1"}};
    question.new_interface = "02:00:00:00:00:02";
    question.patience = std::chrono::milliseconds(250);  // asked three times: see nanosleep
    const MetadataAnswer answer = gather_metadata(config, question);
    for (const auto& [mac, eni] : answer.enis) {
        require(question.interfaces.count(mac) != 0, "it was asked about", mac);
        const auto contradiction = contradiction_in(eni);
        require(!contradiction, "it does not contradict itself", contradiction.value_or(""));
        require(eni.is_fresh, "it was said just now");
    }
    for (const auto& [mac, ifname] : question.interfaces) {
        bool is_named = answer.enis.count(mac) != 0;
        for (const auto& problem : answer.problems)
            is_named = is_named || problem.ifname.empty() || problem.ifname == ifname;
        require(is_named || mac != question.new_interface, "what is missing is told", ifname);
    }
}

}  // namespace
}  // namespace eni

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    answers = eni::sections_of(std::string(reinterpret_cast<const char*>(data), size));
    for (auto& [name, body] : answers)  // a body has no newline at its end
        if (!body.empty() && body.back() == '\n') body.pop_back();
    eni::ask();
    return 0;
}

// Compares with another JSON parser on mutated documents which texts are accepted.
#include "tests/support/json_support.h"

#include <nlohmann/json.hpp>

#include <random>

namespace wirejit::test {
namespace {

constexpr std::string_view seeds[] = {
    R"({"a":[1,2.5,-3e2,true,false,null],"b":{"c":"d\n\u00e9\ud83d\ude00","":[]}})",
    R"([[],[[]],{},{"x":{}},"",0,-0.0,1E+2])",
    R"( [ "a" , { "b" : null } ] )",
    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
};

TEST(JsonGrammar, agrees_with_another_parser_on_damaged_documents) {
  Rewriter skip(load_idl("struct Empty {}"), "Empty");
  std::mt19937_64 random(99);
  constexpr std::string_view alphabet =
      "{}[]:,\"\\ \t\n0123456789.-+eEtrufalsn/bdx\x01\x80\xc3\xed\xa0";
  int accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string document(seeds[random() % std::size(seeds)]);
    for (std::uint64_t k = random() % 3 + 1; k != 0; --k) {
      const std::size_t at = random() % (document.size() + 1);
      const char c = alphabet[random() % alphabet.size()];
      switch (random() % 3) {
        case 0: document.insert(at, 1, c); break;
        case 1: document.erase(at, 1); break;
        default: document[at % document.size()] = c; break;
      }
      if (document.empty()) {
        document = " ";
      }
    }
    const bool ours = skip.code(R"({"x":)" + document + "}") == Errc::ok;
    // The other parser reads the text as a member, too. It rejects numbers that overflow, which are
    // JSON.
    const bool theirs =
        nlohmann::json::accept("[" + document + "]") && nlohmann::json::accept(document);
    EXPECT_EQ(ours, theirs) << document;
    accepted += ours;
  }
  EXPECT_GT(accepted, 1000);
}

}  // namespace
}  // namespace wirejit::test

// Plans that threads share and replace. Runs under ThreadSanitizer, too.
#include "tests/support/together.h"

#include <wirejit/rpc/payload_codec.h>
#include <wirejit/rpc/plan.h>
#include <wirejit/rpc/service_cell.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace wirejit::rpc {

namespace {

constexpr std::string_view idl = R"(
struct Item { 1: i64 id, 2: string name }
service Shop { Item find(1: i64 id, 2: string name) }
)";

class PlanThreads : public testing::TestWithParam<EngineOptions::Kind> {
 protected:
  Engine engine{EngineOptions{.kind = GetParam()}};
  Schema schema = *thrift::load_text(idl);

  std::shared_ptr<const Plan> make() { return *Plan::make(engine, schema); }

  // Writes a message and reads it back, with bodies in JSON.
  static bool there_and_back(const PayloadCodec& codec, MessageType type, std::string_view json) {
    Message m;
    m.method = "find";
    m.type = type;
    m.body = Body::json(json);
    Chain bytes;
    Arena arena;
    if (!codec.marshal(m, bytes)) {
      return false;
    }
    Message back;
    const bool is_reply = type == MessageType::reply;
    const auto size = codec.unmarshal(
        bytes, bytes.size(), {.body = Body::Kind::json, .is_reply = is_reply}, arena, back);
    return size && back.body.text() == json;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, PlanThreads,
                         testing::Values(EngineOptions::Kind::interpret,
                                         EngineOptions::Kind::automatic),
                         [](const auto& kind) {
                           return kind.param == EngineOptions::Kind::interpret ? "Interpreter"
                                                                               : "Machine";
                         });

TEST_P(PlanThreads, CodecsAreMadeByAllWhoNeedThemFirst) {
  for (int round = 0; round < 20; ++round) {
    const auto plan = make();
    std::atomic<int> good{0};
    std::vector<RecordType> types(test::threads);
    test::together([&](int i) {
      const auto codec = *(i % 2 == 0 ? thrift_binary(plan) : thrift_compact(plan));
      bool ok = there_and_back(*codec, MessageType::call, R"({"id":1,"name":"a"})");
      ok &= there_and_back(*codec, MessageType::reply, R"({"success":{"id":1,"name":"a"}})");
      const Result<RecordType> type = plan->find("", "find")->args_type();
      types[static_cast<std::size_t>(i)] = type.value_or(RecordType());
      good += ok && type;
    });
    EXPECT_EQ(good, test::threads);
    for (const RecordType& type : types) {
      EXPECT_EQ(type, types.front());
    }
  }
}

TEST_P(PlanThreads, CallsEndOnThePlanThatTheyBeganWith) {
  constexpr int replacements = 200;
  ServiceCell cell(make());
  std::atomic<int> good{0};
  std::atomic<bool> ends{false};
  std::vector<std::weak_ptr<const Plan>> all{cell.current()};
  test::together([&](int i) {
    if (i == 0) {
      for (int k = 0; k < replacements; ++k) {
        auto next = make();
        all.push_back(next);
        (void)cell.replace(std::move(next));
      }
      ends = true;
      ++good;
      return;
    }
    ServiceCell::Reader reader(cell);
    bool ok = true;
    do {
      const std::shared_ptr<const Plan> plan = reader.get();
      const auto codec = *thrift_binary(plan);
      const MethodPlan* const method = plan->find("Shop", "find");
      ok &= there_and_back(*codec, MessageType::call, R"({"id":1,"name":"a"})");
      ok &= plan->find("", "find") == method && method->name() == "find";
    } while (!ends);
    ok &= reader.get() == cell.current();
    good += ok;
  });
  EXPECT_EQ(good, test::threads);
  EXPECT_EQ(cell.version(), static_cast<std::uint64_t>(replacements));
  EXPECT_FALSE(all.back().expired());
  all.pop_back();
  for (const std::weak_ptr<const Plan>& old : all) {
    EXPECT_TRUE(old.expired());
  }
}

// Bodies that are chains are linked into messages of several threads at once.
TEST_P(PlanThreads, OneChainIsTheBodyOfManyMessages) {
  const auto codec = *thrift_binary(nullptr);
  Chain body;
  ASSERT_TRUE(body.append(as_bytes(std::string_view("\x00", 1))));
  std::atomic<int> good{0};
  test::together([&](int) {
    bool ok = true;
    for (int k = 0; k < 100; ++k) {
      Message m;
      m.method = "find";
      m.body = Body::raw(body);
      Chain out;
      ok &= codec->marshal(m, out).has_value() && out.size() == 17;
    }
    good += ok;
  });
  EXPECT_EQ(good, test::threads);
}

}  // namespace

}  // namespace wirejit::rpc

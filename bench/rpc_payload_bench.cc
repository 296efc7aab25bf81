// Messages of calls, written and read: with bytes as their body, and with JSON; and a plan that is
// replaced meanwhile. Entry: add_rpc_payload. Invariant: what is written is compared with the golden
// bytes, or is read back, before it is timed.
#include "bench/measure.h"
#include "bench/random.h"

#include <wirejit/rpc/message.h>
#include <wirejit/rpc/plan.h>
#include <wirejit/rpc/service_cell.h>
#include <wirejit/rpc/wire.h>
#include <wirejit/thrift.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace wirejit::bench {
namespace {

constexpr std::string_view idl = R"(
struct Line { 1: i64 id, 2: string name, 3: double price, 4: list<i32> counts }
service Bench { void ping(), list<Line> order(1: list<Line> lines, 2: i64 id) }
)";
constexpr std::size_t messages = 64;  // used in turn

// RPC.md's golden call: a TTHeader with one integer key, and a call without arguments.
constexpr std::string_view golden_call(
    "\x00\x00\x00\x2b\x10\x00\x00\x00\x00\x00\x00\x07\x00\x04\x00\x00\x10\x00\x01\x00\x09\x00\x04"
    "ping\x00\x00\x00\x80\x01\x00\x01\x00\x00\x00\x04ping\x00\x00\x00\x07\x00",
    47);

bool add_golden_header(rpc::Message& m) {
  m.method = "ping";
  m.seqid = 7;
  m.sequence = 7;
  m.flavour = {.transport = rpc::Transport::ttheader, .protocol = rpc::Protocol::thrift_binary};
  return m.int_keys.add(rpc::int_key::to_method, "ping").has_value();
}

// As Kitex' client writes it, with eight integer keys, the service and two pairs of metainfo.
bool add_kitex_header(rpc::Message& m) {
  constexpr std::array<rpc::IntPair, 8> ints{{{1, "unframed"},
                                              {2, "20260829010203040506"},
                                              {3, "shop.frontend"},
                                              {6, "shop.orders"},
                                              {9, "ping"},
                                              {12, "1000"},
                                              {20, "Buy"},
                                              {22, "1"}}};
  m.method = "ping";
  m.seqid = 7;
  m.sequence = 7;
  m.flags = rpc::flag::out_of_order;
  m.flavour = {.transport = rpc::Transport::ttheader, .protocol = rpc::Protocol::thrift_binary};
  bool ok = true;
  for (const rpc::IntPair& pair : ints) {
    ok = ok && m.int_keys.add(pair.key, pair.value).has_value();
  }
  ok = ok && m.pairs.add("isn", "Bench").has_value();
  ok = ok && m.pairs.add("RPC_PERSIST_TENANT", "blue").has_value();
  return ok && m.pairs.add("RPC_TRANSIT_TRACE", "0123456789abcdef").has_value();
}

bool looks_up(const rpc::Message& m) {
  return m.int_keys.find(rpc::int_key::to_method).has_value() &&
         m.int_keys.find(rpc::int_key::rpc_timeout).has_value() &&
         m.pairs.find("RPC_PERSIST_TENANT").has_value();
}

struct Calls {
  std::shared_ptr<const rpc::Plan> plan;
  std::optional<rpc::Wire> wire;
  std::string kitex_call;
  std::vector<std::string> args_json;
  std::vector<std::string> args;     // in Thrift Binary
  std::vector<std::string> calls;    // whole messages with them
  std::vector<std::string> replies;  // with a result of the same lines
  std::optional<Transcoder> args_from_json;
  std::optional<Transcoder> args_to_json;
  std::optional<Transcoder> result_to_json;
  Problem problem;
};

std::string bytes_of(const Chain& chain) {
  std::string all;
  for (const Bytes span : chain.spans()) {
    all += as_text(span);
  }
  return all;
}

std::vector<std::string> order_texts() {
  Random random(14);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < messages; ++i) {
    std::string text = "[";
    for (std::size_t line = 0; line < 4; ++line) {
      text += line == 0 ? "" : ",";
      text += R"({"id":)" + std::to_string(random.between(0, 1'000'000'000)) +
              R"(,"name":"article )" + std::to_string(random.between(0, 100'000)) +
              R"(","price":)" + std::to_string(random.between(1, 100'000)) + R"(.25,"counts":[1,)" +
              std::to_string(random.between(2, 99'999)) + "]}";
    }
    texts.push_back(text + "]");
  }
  return texts;
}

std::shared_ptr<const Calls> make_calls(const Engine& engine) {
  auto calls = std::make_shared<Calls>();
  const auto fail = [&](const char* problem) {
    calls->problem = problem;
    return calls;
  };
  const Result<Schema> schema = thrift::load_text(idl);
  if (!schema) {
    return fail("the schema does not load");
  }
  const auto plan = rpc::Plan::make(engine, *schema);
  const auto args_from =
      engine.transcoder(*schema->find_type("Bench.order.args"), json::text, thrift::binary);
  const auto args_to =
      engine.transcoder(*schema->find_type("Bench.order.args"), thrift::binary, json::text);
  const auto result_to =
      engine.transcoder(*schema->find_type("Bench.order.result"), thrift::binary, json::text);
  if (!plan || !args_from || !args_to || !result_to) {
    return fail("no codec");
  }
  calls->plan = *plan;
  calls->wire.emplace(*plan);
  calls->args_from_json = *args_from;
  calls->args_to_json = *args_to;
  calls->result_to_json = *result_to;
  rpc::Message m;
  Chain out;
  if (!add_golden_header(m) || !calls->wire->marshal(m, out) || bytes_of(out) != golden_call) {
    return fail("the golden call is written otherwise");
  }
  m.clear();
  out.clear();
  if (!add_kitex_header(m) || !calls->wire->marshal(m, out)) {
    return fail("Kitex' header is not written");
  }
  calls->kitex_call = bytes_of(out);
  for (const std::string& lines : order_texts()) {
    calls->args_json.push_back(R"({"lines":)" + lines + R"(,"id":7})");
    Buffer args;
    if (!args_from->transcode(calls->args_json.back(), args)) {
      return fail("arguments do not become Thrift");
    }
    calls->args.emplace_back(args.text());
    for (const bool is_reply : {false, true}) {
      m.clear();
      if (!add_golden_header(m)) {
        return fail("no header");
      }
      const std::string result = R"({"success":)" + lines + "}";
      m.method = "order";
      m.type = is_reply ? rpc::MessageType::reply : rpc::MessageType::call;
      m.body = rpc::Body::json(is_reply ? result : calls->args_json.back());
      out.clear();
      if (!calls->wire->marshal(m, out)) {
        return fail("a message is not written");
      }
      (is_reply ? calls->replies : calls->calls).push_back(bytes_of(out));
      Arena arena;
      rpc::WireMemory memory;
      rpc::Message back;
      const auto size = calls->wire->unmarshal(
          out, {.body = rpc::Body::Kind::json, .is_reply = is_reply}, arena, back, memory);
      if (!size || !*size || back.body.text() != m.body.text()) {
        return fail("a message is read otherwise");
      }
    }
  }
  return calls;
}

// Writes the same message with a raw body again and again.
void time_marshal(benchmark::State& state, const Calls& calls, bool (*header)(rpc::Message&)) {
  if (!calls.problem.empty()) {
    return skip(state, calls.problem);
  }
  constexpr std::array<std::uint8_t, 1> body{0};
  rpc::Message m;
  Chain out;
  if (!header(m)) {
    return skip(state, "no header");
  }
  m.body = rpc::Body::raw(body);
  if (!calls.wire->marshal(m, out)) {
    return skip(state, "the message is not written");
  }
  measure(state, out.size(), [&] {
    out.clear();
    return calls.wire->marshal(m, out).has_value();
  });
}

void time_unmarshal(benchmark::State& state, const Calls& calls, std::string_view bytes,
                    bool finds) {
  if (!calls.problem.empty()) {
    return skip(state, calls.problem);
  }
  rpc::Message m;
  rpc::WireMemory memory;
  Arena arena;
  Chain in;
  if (!in.append_external(as_bytes(bytes))) {
    return skip(state, "no input");
  }
  measure(state, bytes.size(), [&] {
    const auto size = calls.wire->unmarshal(in, {.body = rpc::Body::Kind::raw}, arena, m, memory);
    return size && *size && m.outcome == rpc::Outcome::request && (!finds || looks_up(m));
  });
}

std::size_t total(const std::vector<std::string>& texts) {
  std::size_t bytes = 0;
  for (const std::string& text : texts) {
    bytes += text.size();
  }
  return bytes / texts.size();
}

void time_json_marshal(benchmark::State& state, const Calls& calls) {
  if (!calls.problem.empty()) {
    return skip(state, calls.problem);
  }
  rpc::Message m;
  Chain out;
  Rotation rotation(messages);
  if (!add_golden_header(m)) {
    return skip(state, "no header");
  }
  m.method = "order";
  measure(state, total(calls.args_json), [&] {
    out.clear();
    m.body = rpc::Body::json(calls.args_json[rotation.next()]);
    return calls.wire->marshal(m, out).has_value();
  });
}

void time_json_unmarshal(benchmark::State& state, const Calls& calls, bool is_reply) {
  if (!calls.problem.empty()) {
    return skip(state, calls.problem);
  }
  rpc::Message m;
  rpc::WireMemory memory;
  Arena arena;
  Chain in;
  Rotation rotation(messages);
  const std::vector<std::string>& all = is_reply ? calls.replies : calls.calls;
  measure(state, total(all), [&] {
    in.clear();
    arena.reset();
    const bool ok = in.append_external(as_bytes(all[rotation.next()])).has_value();
    const auto size = calls.wire->unmarshal(
        in, {.body = rpc::Body::Kind::json, .is_reply = is_reply}, arena, m, memory);
    return ok && size && *size && !m.error;
  });
}

// The same bodies by a transcoder alone.
void time_bare(benchmark::State& state, const Calls& calls, const std::optional<Transcoder>& codec,
               const std::vector<std::string>& from) {
  if (!calls.problem.empty()) {
    return skip(state, calls.problem);
  }
  Buffer out;
  Rotation rotation(messages);
  measure(state, total(from), [&] {
    out.clear();
    return codec->transcode(from[rotation.next()], out).has_value();
  });
}

// Calls of one thread, while another one publishes a plan every thousand of them, or does not.
void time_hot_swap(benchmark::State& state, const Calls& calls, bool swaps) {
  if (!calls.problem.empty()) {
    return skip(state, calls.problem);
  }
  rpc::ServiceCell cell(calls.plan);
  rpc::ServiceCell::Reader reader(cell);
  const auto other = rpc::Plan::make(Engine::shared(), calls.plan->schema());
  std::atomic<std::uint64_t> made{0};
  std::atomic<bool> ends{!swaps};
  std::thread publisher([&] {
    std::uint64_t next = 1000;
    bool flip = false;
    while (!ends.load(std::memory_order_relaxed)) {
      if (made.load(std::memory_order_relaxed) >= next) {
        (void)cell.replace(flip ? calls.plan : *other);
        flip = !flip;
        next += 1000;
      }
      std::this_thread::yield();
    }
  });
  rpc::Message m;
  rpc::WireMemory memory;
  Arena arena;
  Chain in;
  measure(state, calls.kitex_call.size(), [&] {
    const rpc::Wire wire(reader.get());
    in.clear();
    const bool ok = in.append_external(as_bytes(calls.kitex_call)).has_value();
    const auto size = wire.unmarshal(in, {.body = rpc::Body::Kind::raw}, arena, m, memory);
    made.fetch_add(1, std::memory_order_relaxed);
    return ok && size && *size && m.outcome == rpc::Outcome::request;
  });
  ends.store(true);
  publisher.join();
}

void time_publish(benchmark::State& state, const Calls& calls) {
  if (!calls.problem.empty()) {
    return skip(state, calls.problem);
  }
  rpc::ServiceCell cell(calls.plan);
  std::shared_ptr<const rpc::Plan> next = *rpc::Plan::make(Engine::shared(), calls.plan->schema());
  measure(state, 0, [&] {
    next = cell.replace(std::move(next));
    return next != nullptr;
  });
}

}  // namespace

void add_rpc_payload(const Engines& engines) {
  for (const auto& [engine, label] :
       {std::pair(&engines.jit, "jit"), std::pair(&engines.interp, "interp")}) {
    const std::shared_ptr<const Calls> calls = make_calls(*engine);
    const auto row = [&, label](const char* operation, const char* payload, auto body) {
      add(name(operation, "thrift-binary", payload, label),
          [calls, body](benchmark::State& state) { body(state, *calls); });
    };
    row("marshal", "ttheader-golden",
        [](auto& state, const Calls& c) { time_marshal(state, c, add_golden_header); });
    row("unmarshal", "ttheader-golden",
        [](auto& state, const Calls& c) { time_unmarshal(state, c, golden_call, false); });
    row("marshal", "ttheader-kitex",
        [](auto& state, const Calls& c) { time_marshal(state, c, add_kitex_header); });
    row("unmarshal", "ttheader-kitex",
        [](auto& state, const Calls& c) { time_unmarshal(state, c, c.kitex_call, true); });
    row("marshal", "ttheader-json-call",
        [](auto& state, const Calls& c) { time_json_marshal(state, c); });
    row("transcode", "from-json-call",
        [](auto& state, const Calls& c) { time_bare(state, c, c.args_from_json, c.args_json); });
    row("unmarshal", "ttheader-json-call",
        [](auto& state, const Calls& c) { time_json_unmarshal(state, c, false); });
    row("transcode", "to-json-call",
        [](auto& state, const Calls& c) { time_bare(state, c, c.args_to_json, c.args); });
    row("unmarshal", "ttheader-json-reply",
        [](auto& state, const Calls& c) { time_json_unmarshal(state, c, true); });
    row("unmarshal", "hot-swap-never",
        [](auto& state, const Calls& c) { time_hot_swap(state, c, false); });
    row("unmarshal", "hot-swap-each-1000",
        [](auto& state, const Calls& c) { time_hot_swap(state, c, true); });
    row("publish", "plan", [](auto& state, const Calls& c) { time_publish(state, c); });
  }
}

}  // namespace wirejit::bench

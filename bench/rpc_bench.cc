// Headers and envelopes of calls: 256 different messages, one after another. Entry: add_rpc. There is
// no official library in C++ to compare with. Invariant: what is read is compared with what was
// written before it is timed.
#include "bench/measure.h"
#include "bench/random.h"

#include <wirejit/rpc/envelope.h>
#include <wirejit/rpc/frame.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wirejit::bench {
namespace {

constexpr std::size_t calls = 256;
constexpr std::string_view empty_struct("\0", 1);

// What a call is made of, and its bytes.
struct Call {
  std::string method;
  std::string service;
  std::string tenant;
  std::string trace;
  std::array<std::string, 8> values;
  rpc::Message message;
  Chain bytes;
};

constexpr std::array<std::uint16_t, 8> usual_keys{1, 3, 6, 9, 12, 17, 20, 22};

using Calls = std::vector<Call>;

enum class Header : std::uint8_t { none, golden_a, usual };

void write(const Call& call, Chain& out, Problem& problem) {
  const rpc::Message& m = call.message;
  if (!write_envelope(m.flavour.protocol, {.method = m.method, .seqid = m.seqid}, out) ||
      !out.append(as_bytes(empty_struct)) || !write_frame(m, {}, out)) {
    problem = "a call cannot be written";
  }
}

// A header that is long is a segment of its own; what comes from a socket is in one piece.
void join(Chain& chain, Problem& problem) {
  const std::size_t size = chain.size();
  Chain joined;
  const auto all = chain.peek(size);
  if (!all || !joined.append(*all)) {
    problem = "a call cannot be joined";
  }
  chain = std::move(joined);
}

// The header of one integer pair; or what Kitex writes with its handlers: eight of these, the
// service, and two pairs of metainfo.
void add_pairs(Header header, Call& call, Problem& problem) {
  rpc::Message& m = call.message;
  bool good = true;
  if (header == Header::golden_a) {
    good = m.int_keys.add(9, m.method).has_value();
  } else if (header == Header::usual) {
    for (std::size_t k = 0; k < usual_keys.size(); ++k) {
      good = good && m.int_keys.add(usual_keys[k], call.values[k]);
    }
    good = good && m.pairs.add("isn", call.service) &&
           m.pairs.add("RPC_PERSIST_TENANT", call.tenant) &&
           m.pairs.add("RPC_TRANSIT_TRACE", call.trace);
  }
  problem = good ? problem : "a pair cannot be added";
}

std::shared_ptr<const Calls> make_calls(Header header, Problem& problem) {
  auto all = std::make_shared<Calls>(calls);
  Random random(14);
  std::uint32_t sequence = 0;
  for (Call& call : *all) {
    call.method = random.word(4, 12);
    call.service = random.word(6, 16);
    call.tenant = random.word(4, 8);
    call.trace = random.word(16, 16);
    for (std::string& value : call.values) {
      value = random.word(1, 12);
    }
    call.message.method = call.method;
    call.message.seqid = static_cast<std::int32_t>(++sequence);
    call.message.sequence = sequence;
    call.message.flavour.transport =
        header == Header::none ? rpc::Transport::framed : rpc::Transport::ttheader;
    add_pairs(header, call, problem);
    write(call, call.bytes, problem);
    join(call.bytes, problem);
  }
  return all;
}

// What a server does before it looks at a body: header, envelope, three look-ups.
struct Reader {
  rpc::Message message;
  Buffer inflated;
  std::size_t need = 0;

  bool read(Call& call, Header header) {
    const auto frame = read_frame(call.bytes, {}, message, inflated, need);
    if (!frame || !*frame) {
      return false;
    }
    const std::size_t begin = (*frame)->header_bytes;
    const Bytes all = call.bytes.spans().front();
    const auto envelope = read_envelope(message.flavour.protocol, all.subspan(begin));
    if (!envelope || envelope->method != call.method || message.sequence != call.message.sequence) {
      return false;
    }
    return header != Header::usual || (message.int_keys.find(12) == call.values[4] &&
                                       message.int_keys.find(20) == call.values[6] &&
                                       message.pairs.find("RPC_PERSIST_TENANT") == call.tenant);
  }
};

void time_reads(benchmark::State& state, const std::shared_ptr<const Calls>& made, Header header) {
  // read_frame may join bytes, which changes a chain; these are in one piece already.
  Calls& all = const_cast<Calls&>(*made);
  Reader reader;
  Rotation rotation(all.size());
  measure(state, all.front().bytes.size(),
          [&] { return reader.read(all[rotation.next()], header); });
}

void time_writes(benchmark::State& state, const std::shared_ptr<const Calls>& all) {
  Rotation rotation(all->size());
  Chain out;
  Problem problem;
  measure(state, all->front().bytes.size(), [&] {
    out.clear();
    const Call& call = (*all)[rotation.next()];
    write(call, out, problem);
    return out.size() == call.bytes.size();
  });
}

void time_sniffs(benchmark::State& state, const std::shared_ptr<const Calls>& all) {
  Rotation rotation(all->size());
  measure(state, all->front().bytes.size(), [&] {
    const Call& call = (*all)[rotation.next()];
    const Bytes bytes = call.bytes.spans().front();
    const rpc::Sniffed sniffed = rpc::sniff(bytes);
    const auto envelope =
        read_envelope(sniffed.flavour.protocol, bytes.subspan(sniffed.header_bytes));
    return envelope && envelope->method.size() == call.method.size();
  });
}

}  // namespace

void add_rpc() {
  for (const auto& [header, payload] :
       {std::pair(Header::golden_a, "one-pair"), std::pair(Header::usual, "usual-pairs")}) {
    Problem problem;
    const auto all = make_calls(header, problem);
    add(name("read-header", "ttheader", payload, "wirejit"), [=](benchmark::State& s) {
      return problem.empty() ? time_reads(s, all, header) : skip(s, problem);
    });
    add(name("write-header", "ttheader", payload, "wirejit"), [=](benchmark::State& s) {
      return problem.empty() ? time_writes(s, all) : skip(s, problem);
    });
  }
  Problem problem;
  const auto all = make_calls(Header::none, problem);
  add(name("sniff", "framed", "thrift-binary", "wirejit"), [=](benchmark::State& s) {
    return problem.empty() ? time_sniffs(s, all) : skip(s, problem);
  });
}

}  // namespace wirejit::bench

// What bench/stream.py compares `wirejit convert --stream` with: a program on generated code, with
// Protobuf's own functions for streams and JSON. It makes the stream, too.
//
//     stream_peer generate BYTES FILE    orders, each with its length, of about so many bytes
//     stream_peer convert IN OUT         the same as lines of JSON
//
// Entry: main. Invariant: nothing of wirejit is linked; a stream is the same on every machine.
#include "bench/random.h"

#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/util/delimited_message_util.h>
#include <google/protobuf/util/json_util.h>

#include <peer_protobuf/bench.pb.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace {

namespace gp = google::protobuf;
using wirejit::bench::Random;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

// About as many numbers of each length in bits.
std::int64_t magnitude(Random& r, int bits) {
  return static_cast<std::int64_t>(r.next() >> (64 - r.between(1, bits)));
}

// The shape of the benchmarks' payload `order`.
void fill(peer_protobuf::Order& order, Random& r) {
  order.set_id(magnitude(r, 48));
  *order.mutable_user() = r.word(3, 9) + "@example.com";
  for (int i = 0; i < 10; ++i) {
    peer_protobuf::OrderItem& item = *order.add_items();
    item.set_sku(magnitude(r, 40));
    item.set_title(r.word(6, 18));
    item.set_price(r.decimal(0, 500, 2));
    item.set_quantity(static_cast<std::int32_t>(r.between(1, 200)));
    item.set_gift(r.chance(30));
    for (int k = 0; k < 5; ++k) {
      item.add_stock(static_cast<std::int32_t>(magnitude(r, 16)));
    }
  }
  while (order.labels_size() < 3) {
    const std::string key = r.word(3, 8);
    (*order.mutable_labels())[key] = r.word(4, 14);
  }
  order.set_placed(1'700'000'000'000'000'000 + r.next() % 100'000'000'000'000'000);
  order.set_status(static_cast<peer_protobuf::OrderStatus>(r.between(0, 3)));
}

void generate(std::int64_t bytes, const char* path) {
  const int fd = ::open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (fd < 0) {
    fail(path);
  }
  gp::io::FileOutputStream out(fd);
  Random r(22);
  peer_protobuf::Order order;
  for (std::int64_t written = 0; written < bytes;) {
    order.Clear();
    fill(order, r);
    if (!gp::util::SerializeDelimitedToZeroCopyStream(order, &out)) {
      fail(path);
    }
    written = out.ByteCount();
  }
  if (!out.Close()) {
    fail(path);
  }
}

void convert(const char* from, const char* to) {
  const int fd = ::open(from, O_RDONLY);
  std::FILE* const out = std::fopen(to, "wb");
  if (fd < 0 || out == nullptr) {
    fail(fd < 0 ? from : to);
  }
  gp::io::FileInputStream in(fd, 1 << 16);
  (void)std::setvbuf(out, nullptr, _IOFBF, 1 << 16);
  peer_protobuf::Order order;
  std::string text;
  bool is_end = false;
  while (gp::util::ParseDelimitedFromZeroCopyStream(&order, &in, &is_end)) {
    text.clear();
    const bool ok = gp::util::MessageToJsonString(order, &text).ok();
    order.Clear();  // parsing merges into it
    if (!ok) {
      fail("a message that JSON cannot hold");
    }
    text += '\n';
    if (std::fwrite(text.data(), 1, text.size(), out) != text.size()) {
      fail(to);
    }
  }
  if (!is_end) {
    fail("a message that is no order");
  }
  if (std::fclose(out) != 0) {
    fail(to);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view command = argc == 4 ? argv[1] : "";
  if (command == "generate") {
    generate(std::strtoll(argv[2], nullptr, 10), argv[3]);
  } else if (command == "convert") {
    convert(argv[2], argv[3]);
  } else {
    (void)std::fputs("stream_peer generate BYTES FILE | convert IN OUT\n", stderr);
    return 2;
  }
  return 0;
}

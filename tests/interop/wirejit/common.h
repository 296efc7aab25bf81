/// @file
/// What server and client of wirejit share: plans and codecs of interop.thrift and interop.proto, the
/// structs of their bodies, sockets. Entry: Setup. Invariant: what fails throws std::runtime_error,
/// as this is a test.
#pragma once

#include "tools/socket.h"

#include <wirejit/error.h>
#include <wirejit/read_write.h>
#include <wirejit/reflect.h>
#include <wirejit/rpc/connection.h>
#include <wirejit/rpc/message.h>
#include <wirejit/rpc/payload_codec.h>
#include <wirejit/rpc/plan.h>

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wirejit::interop {

// Arguments and results, as the JSON of bodies has them.
struct Point {
  std::int32_t x = 0;
  std::int32_t y = 0;
};
struct Join {
  std::int64_t first = 0;
  std::string second;
  std::vector<std::int32_t> third;
  Point fourth;
  std::map<std::string, std::int64_t> fifth;
};
struct Divide {
  std::int64_t dividend = 0;
  std::int64_t divisor = 0;
};
struct Text {
  std::string text;
};
struct Name {
  std::string name;
};
struct Wait {
  std::int32_t milliseconds = 0;
};
struct TextResult {
  std::string success;
};
struct NumberResult {
  std::int64_t success = 0;
};
// What a frame of a stream has, in Thrift Binary.
struct Piece {
  std::int32_t number = 0;
  std::string text;
};

[[noreturn]] inline void fail(const std::string& what) { throw std::runtime_error(what); }

template <class T>
T must(Result<T> result, std::string_view what = {}) {
  if (!result) {
    fail(std::string(what) + (what.empty() ? "" : ": ") + result.error().to_string());
  }
  if constexpr (!std::is_void_v<T>) {
    return std::move(*result);
  }
}

/// Plans of both schemas, with all their services, and the codecs of bodies.
class Setup {
 public:
  /// `folder` has interop.thrift, and interop.binpb: the descriptors of interop.proto.
  explicit Setup(const std::string& folder);

  [[nodiscard]] const std::shared_ptr<const rpc::Plan>& plan(bool is_protobuf) const noexcept {
    return is_protobuf ? protobuf_ : thrift_;
  }
  [[nodiscard]] const rpc::PayloadCodec& codec(rpc::Protocol protocol) const;

 private:
  std::shared_ptr<const rpc::Plan> thrift_;
  std::shared_ptr<const rpc::Plan> protobuf_;
  std::map<rpc::Protocol, std::shared_ptr<const rpc::PayloadCodec>> codecs_;
};

/// Runs the servers until standard input ends.
int serve(const Setup& setup);
/// Makes all calls over each transport; 1 if any failed.
int call(const Setup& setup, const std::string& address, const std::vector<std::string>& rows);

}  // namespace wirejit::interop

WIREJIT_STRUCT(wirejit::interop::Point, (1, x), (2, y))
WIREJIT_STRUCT(wirejit::interop::Join, (1, first), (2, second), (3, third), (4, fourth), (5, fifth))
WIREJIT_STRUCT(wirejit::interop::Divide, (1, dividend), (2, divisor))
WIREJIT_STRUCT(wirejit::interop::Text, (1, text))
WIREJIT_STRUCT(wirejit::interop::Name, (1, name))
WIREJIT_STRUCT(wirejit::interop::Wait, (1, milliseconds))
WIREJIT_STRUCT(wirejit::interop::TextResult, (1, success))
WIREJIT_STRUCT(wirejit::interop::NumberResult, (1, success))
WIREJIT_STRUCT(wirejit::interop::Piece, (1, number), (2, text))

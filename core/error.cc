// Error: construction, copying and its one-line form for people.
// Entry: Error::to_string. Invariant: only to_string and printing may throw,
// std::bad_alloc.
#include <wirejit/error.h>

#include <memory>
#include <new>
#include <ostream>
#include <utility>

namespace wirejit {

std::string_view to_string(Errc code) noexcept {
  switch (code) {
    case Errc::ok: return "ok";
    case Errc::truncated: return "truncated";
    case Errc::trailing_data: return "trailing_data";
    case Errc::syntax: return "syntax";
    case Errc::type_mismatch: return "type_mismatch";
    case Errc::invalid_type: return "invalid_type";
    case Errc::invalid_count: return "invalid_count";
    case Errc::invalid_utf8: return "invalid_utf8";
    case Errc::invalid_string: return "invalid_string";
    case Errc::invalid_number: return "invalid_number";
    case Errc::number_out_of_range: return "number_out_of_range";
    case Errc::invalid_base64: return "invalid_base64";
    case Errc::unknown_enum: return "unknown_enum";
    case Errc::unknown_field: return "unknown_field";
    case Errc::duplicate_field: return "duplicate_field";
    case Errc::duplicate_key: return "duplicate_key";
    case Errc::missing_required: return "missing_required";
    case Errc::union_not_one: return "union_not_one";
    case Errc::null_value: return "null_value";
    case Errc::invalid_tag: return "invalid_tag";
    case Errc::invalid_varint: return "invalid_varint";
    case Errc::oneof_conflict: return "oneof_conflict";
    case Errc::depth_limit: return "depth_limit";
    case Errc::size_limit: return "size_limit";
    case Errc::memory_limit: return "memory_limit";
    case Errc::no_memory: return "no_memory";
    case Errc::collision_limit: return "collision_limit";
    case Errc::schema_syntax: return "schema_syntax";
    case Errc::schema_invalid: return "schema_invalid";
    case Errc::layout_mismatch: return "layout_mismatch";
    case Errc::unsupported: return "unsupported";
    case Errc::not_found: return "not_found";
    case Errc::no_arena: return "no_arena";
    case Errc::code_memory: return "code_memory";
    case Errc::io: return "io";
    case Errc::internal: return "internal";
    case Errc::exception: return "exception";
    case Errc::bad_frame: return "bad_frame";
    case Errc::header_limit: return "header_limit";
    case Errc::frame_limit: return "frame_limit";
    case Errc::wrong_sequence: return "wrong_sequence";
    case Errc::wrong_method: return "wrong_method";
    case Errc::unknown_method: return "unknown_method";
    case Errc::unknown_service: return "unknown_service";
    case Errc::remote_error: return "remote_error";
    case Errc::deadline_exceeded: return "deadline_exceeded";
    case Errc::cancelled: return "cancelled";
    case Errc::unavailable: return "unavailable";
    case Errc::overloaded: return "overloaded";
    case Errc::protocol_mismatch: return "protocol_mismatch";
  }
  return "unknown";
}

namespace {

// A copy on the heap, or null if there is no memory.
template <class D>
std::unique_ptr<Error::Detail> make_detail(D&& from) noexcept {
  try {
    return std::make_unique<Error::Detail>(std::forward<D>(from));
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace

const Error::Detail& Error::out_of_memory() noexcept {
  static const Detail no_memory{.code = Errc::no_memory, .path = {}, .message = {}};
  return no_memory;
}

Error::Error(Errc code, std::string message, std::size_t offset)
    : detail_(make_detail(
          Detail{.code = code, .offset = offset, .path = {}, .message = std::move(message)})) {}

Error::Error(Detail detail) : detail_(make_detail(std::move(detail))) {}

Error::Error(const Error& other) : detail_(make_detail(other.detail())) {}

Error& Error::operator=(const Error& other) {
  if (this != &other) {
    detail_ = make_detail(other.detail());
  }
  return *this;
}

std::ostream& operator<<(std::ostream& out, Errc code) { return out << to_string(code); }

std::ostream& operator<<(std::ostream& out, const Error& error) { return out << error.to_string(); }

std::string Error::to_string() const {
  const Detail& d = detail();
  std::string out(wirejit::to_string(d.code));
  if (d.remote_code != 0) {
    out += " (the peer's code " + std::to_string(d.remote_code) + ")";
  }
  if (d.offset != no_offset) {
    out += " at byte " + std::to_string(d.offset);
  }
  if (d.line != 0) {
    const std::string at = std::to_string(d.line) + ":" + std::to_string(d.column);
    out += d.offset != no_offset ? " (line " + at + ")" : " at line " + at;
  }
  if (!d.path.empty()) {
    out += " in " + d.path;
  }
  if (!d.message.empty()) {
    out += ": " + d.message;
  }
  return out;
}

}  // namespace wirejit

// Error: construction, copying and its one-line form for people.
// Entry: Error::to_string. Invariant: detail_ is non-null except in a moved-from Error.
#include <wirejit/error.h>

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
    case Errc::depth_limit: return "depth_limit";
    case Errc::size_limit: return "size_limit";
    case Errc::memory_limit: return "memory_limit";
    case Errc::no_memory: return "no_memory";
    case Errc::schema_syntax: return "schema_syntax";
    case Errc::schema_invalid: return "schema_invalid";
    case Errc::layout_mismatch: return "layout_mismatch";
    case Errc::unsupported: return "unsupported";
    case Errc::not_found: return "not_found";
    case Errc::code_memory: return "code_memory";
    case Errc::io: return "io";
    case Errc::internal: return "internal";
  }
  return "unknown";
}

Error::Error(Errc code, std::string message, std::size_t offset)
    : detail_(std::make_unique<Detail>()) {
  detail_->code = code;
  detail_->offset = offset;
  detail_->message = std::move(message);
}

Error::Error(Detail detail) : detail_(std::make_unique<Detail>(std::move(detail))) {}

Error::Error(const Error& other)
    : detail_(other.detail_ ? std::make_unique<Detail>(*other.detail_) : nullptr) {}

Error& Error::operator=(const Error& other) {
  if (this != &other) detail_ = other.detail_ ? std::make_unique<Detail>(*other.detail_) : nullptr;
  return *this;
}

std::string Error::to_string() const {
  if (!detail_) return "no error";
  std::string out(wirejit::to_string(detail_->code));
  if (detail_->offset != no_offset) out += " at byte " + std::to_string(detail_->offset);
  if (detail_->line != 0) {
    const std::string at = std::to_string(detail_->line) + ":" + std::to_string(detail_->column);
    out += detail_->offset != no_offset ? " (line " + at + ")" : " at line " + at;
  }
  if (!detail_->path.empty()) out += " in " + detail_->path;
  if (!detail_->message.empty()) out += ": " + detail_->message;
  return out;
}

}  // namespace wirejit

// What a result struct says: success, one of the exceptions that the method throws, or too much or
// too little. Entry: result_fields, outcome_of.
#include "payload.h"
#include "thrift_fields.h"

#include <string>
#include <utility>

namespace wirejit::rpc::detail {

namespace {

constexpr std::uint8_t compact_true = 1;
constexpr std::uint8_t compact_false = 2;

// Whether a field on the wire is of the type that the schema says: readers skip it otherwise.
bool is_of_type(Encoding encoding, const FieldHead& head, const Field& field) {
  if (encoding == Encoding::json) {
    return true;  // the reader has an error for it
  }
  const std::uint8_t expected = type_code(encoding, field.type->kind);
  return head.type == expected ||
         (encoding == Encoding::compact && expected == compact_true && head.type == compact_false);
}

}  // namespace

Error moved_by(const Error& error, std::size_t at) {
  if (at == 0 || error.offset() == no_offset) {
    return error;
  }
  return Error(Error::Detail{.code = error.code(),
                             .remote_code = error.remote_code(),
                             .offset = error.offset() + at,
                             .line = error.line(),
                             .column = error.column(),
                             .path = error.path(),
                             .message = error.message()});
}

Result<ResultFields> result_fields(Encoding encoding, Bytes body, const StructType* reply,
                                   const Limits& limits) {
  ResultFields fields;
  FieldCursor cursor(encoding, body, limits);
  while (true) {
    const Result<std::optional<FieldHead>> next = cursor.next();
    if (!next) {
      return std::unexpected(next.error());
    }
    if (!*next) {
      break;
    }
    const FieldHead& head = **next;
    const Field* const field = reply != nullptr ? reply->find(head.id) : nullptr;
    if (reply != nullptr && (field == nullptr || !is_of_type(encoding, head, *field))) {
      continue;
    }
    if (fields.count++ == 0) {
      fields.first = field;
      fields.first_id = head.id;
    }
  }
  if (cursor.size() != body.size()) {
    return std::unexpected(
        Error(Errc::trailing_data, "bytes follow the end of the result", cursor.size()));
  }
  return fields;
}

ResultFields result_fields(const RecordView& result) noexcept {
  ResultFields fields;
  const std::vector<Field>& all = result.type().fields;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (result.has_position(i) && fields.count++ == 0) {
      fields.first = &all[i];
      fields.first_id = all[i].id;
    }
  }
  return fields;
}

Result<Outcome> outcome_of(const ResultFields& fields, const MethodPlan* method) {
  if (fields.count > 1) {
    return std::unexpected(
        Error(Errc::union_not_one, "a result has one field, this one has several"));
  }
  if (fields.count == 0) {
    if (method == nullptr || method->method().result->kind == Kind::void_) {
      return Outcome::success;
    }
    return std::unexpected(Error(Errc::missing_required,
                                 "the result of '" + std::string(method->name()) + "' is missing"));
  }
  return fields.first_id == 0 ? Outcome::success : Outcome::declared_exception;
}

}  // namespace wirejit::rpc::detail

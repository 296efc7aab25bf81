// Payloads of all protocols: what PayloadCodec and Wire share. Entry: write_payload, read_payload.
// Invariant: what a method's schema says of a result (one field, or none where nothing is returned)
// is checked here, in both directions.
#pragma once

#include "method_codecs.h"

#include <wirejit/buffer.h>
#include <wirejit/chain.h>
#include <wirejit/error.h>
#include <wirejit/rpc/message.h>
#include <wirejit/rpc/payload_codec.h>
#include <wirejit/rpc/plan.h>

#include <cstddef>
#include <string_view>

namespace wirejit::rpc::detail {

[[nodiscard]] constexpr bool has_envelope(Protocol protocol) noexcept {
  return protocol != Protocol::thrift_struct && protocol != Protocol::protobuf;
}

// The options of calls that read and write bodies. `plan` may be null.
[[nodiscard]] const CallOptions& call_of(const Plan* plan) noexcept;

// Appends the payload; PayloadCodec::marshal.
[[nodiscard]] Result<void> write_payload(Protocol protocol, const Plan* plan,
                                         const Message& message, Chain& out);

// PayloadCodec::unmarshal of `bytes`, which begin with the payload, and are the payload if
// `is_whole`.
[[nodiscard]] Result<std::size_t> read_payload(Protocol protocol, const Plan* plan, Bytes bytes,
                                               bool is_whole, const Want& want, Arena& arena,
                                               Message& message);

// ---- Parts of both

// An error of bytes that begin at `at` of those that the caller knows.
[[nodiscard]] Error moved_by(const Error& error, std::size_t at);

// Which of a result's fields are there.
struct ResultFields {
  const Field* first = nullptr;  // of those that the schema has; null without a schema
  std::int32_t first_id = 0;
  std::size_t count = 0;  // of those
};
// Of all of `body`. `reply`: null: all fields count. Errors: those of FieldCursor; trailing_data.
[[nodiscard]] Result<ResultFields> result_fields(Encoding encoding, Bytes body,
                                                 const StructType* reply, const Limits& limits);
// Of a record.
[[nodiscard]] ResultFields result_fields(const RecordView& result) noexcept;
// What a result with these fields is: success or declared_exception. `method`: null: unknown. Errors:
// missing_required, if there is none and the method returns something; union_not_one.
[[nodiscard]] Result<Outcome> outcome_of(const ResultFields& fields, const MethodPlan* method);

}  // namespace wirejit::rpc::detail

// Reads payloads. Entry: read_payload. Invariant: once the envelope was read the message has it,
// whatever the body is; what is wrong with a body is an outcome.
#include "payload.h"
#include "thrift_fields.h"

#include <wirejit/rpc/envelope.h>
#include <wirejit/rpc/metainfo.h>
#include <wirejit/rpc/object_body.h>
#include <wirejit/rpc/status.h>
#include <wirejit/skipper.h>

#include <new>
#include <string>
#include <utility>

namespace wirejit::rpc::detail {

namespace {

constexpr std::uint8_t compact_true = 1;
constexpr std::uint8_t compact_false = 2;
constexpr std::string_view space = " \t\r\n";

// Text that `write(Buffer&) -> Result<void>` makes of so many bytes, in the arena.
template <class Write>
Result<std::string_view> text_in(Arena& arena, const TextSize& size, std::size_t bytes,
                                 Write&& write) {
  const std::size_t room = size.guess(bytes) + Buffer::slack;
  auto* const begin = static_cast<std::uint8_t*>(arena.allocate(room, 1));
  if (begin == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  Buffer out = Buffer::borrow({begin, room});
  Result<void> done = write(out);
  const std::size_t used = done && out.borrows() ? out.size() : 0;
  arena.give_back(begin + room, room - used);
  if (!done) {
    return std::unexpected(std::move(done).error());
  }
  if (out.borrows()) {
    return std::string_view(reinterpret_cast<const char*>(begin), used);
  }
  size.outgrown(bytes, out.capacity());  // writers ask for more room than they fill
  const std::string_view copy = arena.copy(out.text());
  if (copy.data() == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  return copy;
}

bool append(Buffer& out, std::string_view text) { return out.append(as_bytes(text)); }

class PayloadReader {
 public:
  PayloadReader(Protocol protocol, const Plan* plan, const Want& want, Arena& arena,
                Message& message)
      : want_(want),
        plan_(plan),
        call_(call_of(plan)),
        arena_(arena),
        message_(message),
        protocol_(protocol),
        encoding_(encoding_of(protocol)) {}

  Result<std::size_t> read(Bytes bytes, bool is_whole) {
    message_.outcome = Outcome::none;
    message_.error.reset();
    if (Result<void> done = envelope(bytes); !done) {
      return std::unexpected(std::move(done).error());
    }
    message_.flavour.protocol = protocol_;
    body_ = bytes.subspan(body_at_);
    std::size_t size = bytes.size();
    if (!is_whole && encoding_ != Encoding::protobuf) {
      const Result<std::size_t> end = find_end();
      if (!end) {
        return std::unexpected(moved_by(end.error(), body_at_));
      }
      size = body_at_ + *end;
      body_ = body_.first(*end);
    }
    const bool has_bracket =
        !has_envelope(protocol_) || encoding_ != Encoding::json || take_bracket();
    message_.body = want_.body == Body::Kind::raw ? Body::raw(body_) : Body();
    if (!has_bracket) [[unlikely]] {
      fail(Outcome::bad_body,
           Error(Errc::syntax, "expected ']' after the body", body_at_ + body_.size()));
      return size;
    }
    look_at_body();
    return size;
  }

 private:
  void fail(Outcome outcome, Error error) {
    message_.outcome = outcome;
    message_.error = std::move(error);
  }
  // The error is one of the body, whose offsets begin at its first byte.
  void bad_body(const Error& error) { fail(Outcome::bad_body, moved_by(error, body_at_)); }

  Result<void> envelope(Bytes bytes) {
    if (!has_envelope(protocol_)) {
      message_.type = want_.is_reply ? MessageType::reply : MessageType::call;
      if (!want_.method.empty()) {
        message_.method = want_.method;
      }
      if (!want_.service.empty()) {
        message_.service = want_.service;
      }
      return {};
    }
    const Result<Envelope> envelope = read_envelope(protocol_, bytes);
    if (!envelope) {
      return std::unexpected(envelope.error());
    }
    message_.method = envelope->method;
    if (!envelope->service.empty()) {
      message_.service = envelope->service;
    } else if (!want_.service.empty()) {
      message_.service = want_.service;
    }
    message_.type = envelope->type;
    message_.seqid = envelope->seqid;
    body_at_ = envelope->size;
    return {};
  }

  // How many bytes the struct at the start of body_, and what ends the message, have.
  Result<std::size_t> find_end() const {
    Result<std::size_t> end = skip(format_of(encoding_), body_, {.limits = call_.limits});
    if (!end || !has_envelope(protocol_) || encoding_ != Encoding::json) {
      return end;
    }
    const std::size_t bracket = as_text(body_).find_first_not_of(space, *end);
    if (bracket == std::string_view::npos) {
      return std::unexpected(Error(Errc::truncated, "expected ']' after the body", body_.size()));
    }
    if (body_[bracket] != ']') {
      return std::unexpected(Error(Errc::syntax, "expected ']' after the body", bracket));
    }
    return bracket + 1;
  }

  // Takes what ends a message of Thrift JSON from the end of body_.
  bool take_bracket() {
    const std::size_t last = as_text(body_).find_last_not_of(space);
    if (last == std::string_view::npos || body_[last] != ']') {
      return false;
    }
    body_ = body_.first(last);
    return true;
  }

  void look_at_body() {
    if (want_.is_reply && message_.type == MessageType::exception) {
      return exception();
    }
    const bool is_right =
        want_.is_reply ? message_.type == MessageType::reply
                       : message_.type == MessageType::call || message_.type == MessageType::oneway;
    if (!is_right) {
      return fail(Outcome::bad_body,
                  Error(Errc::invalid_type,
                        want_.is_reply ? "expected a reply or an exception" : "expected a call"));
    }
    if (want_.is_reply && !want_.method.empty() && want_.method != message_.method) {
      return fail(Outcome::bad_body,
                  Error(Errc::wrong_method, "the reply is that of another method"));
    }
    if (plan_ != nullptr) {
      method_ = plan_->find(message_.service, message_.method);
      if (method_ == nullptr) {
        message_.body = Body::raw(body_);
        return fail(Outcome::unknown_method, plan_->why_not(message_.service, message_.method));
      }
    }
    if (!want_.is_reply && (want_.body == Body::Kind::raw || want_.body == Body::Kind::none)) {
      message_.outcome = Outcome::request;  // the body is not looked into
      return;
    }
    if (method_ != nullptr) {
      part_ = part_of(*method_, protocol_, want_.is_reply);
    }
    if (want_.is_reply && !message_.pairs.empty() && business_error()) {
      return;
    }
    if (want_.body == Body::Kind::none) {
      return;
    }
    if (want_.is_reply && encoding_ != Encoding::protobuf &&
        (method_ == nullptr ? protocol_ != Protocol::thrift_struct : part_ == Part::result)) {
      return result();
    }
    if (struct_body(part_)) {
      message_.outcome = want_.is_reply ? Outcome::success : Outcome::request;
    }
  }

  void exception() {
    ApplicationException exception;
    Buffer scratch;
    const Result<std::size_t> size = read_exception(protocol_, body_, exception, scratch);
    if (!size) {
      return bad_body(size.error());
    }
    fail(Outcome::application_exception, error_of(exception));
  }

  // Whether the header says so.
  bool business_error() {
    const Result<std::optional<BusinessError>> said = read_business_error(message_.pairs);
    if (!said) {
      fail(Outcome::bad_body, said.error());
      return true;
    }
    if (*said) {
      fail(Outcome::business_error, error_of(**said));
    }
    return said->has_value();
  }

  // ---- Bodies that are read as they are

  bool struct_body(Part part) {
    if (method_ == nullptr && want_.body != Body::Kind::raw && want_.body != Body::Kind::object) {
      fail(Outcome::bad_body,
           Error(Errc::unsupported, "without a plan, bodies are raw ones and objects"));
      return false;
    }
    switch (want_.body) {
      case Body::Kind::none:
      case Body::Kind::raw: return true;
      case Body::Kind::object: return object();
      case Body::Kind::record: return record(part);
      case Body::Kind::json:
        return part == Part::args && is_bare() && method_->method().args->fields.size() == 1
                   ? json_value(method_->method().args->fields.front(), 0, true)
                   : json(part);
    }
    return false;
  }

  bool object() {
    if (want_.object == nullptr) {
      fail(Outcome::bad_body, Error(Errc::not_found, "Want::object is null"));
      return false;
    }
    CallOptions call = call_;
    call.arena = &arena_;
    if (Result<void> done = want_.object->decode(protocol_, body_, call); !done) {
      bad_body(done.error());
      return false;
    }
    message_.body = Body::object(*want_.object);
    return true;
  }

  bool record(Part part) {
    const Result<const RecordCodec*> codec = codecs_of(*method_).record(*method_, part, encoding_);
    if (!codec) {
      fail(Outcome::bad_body, codec.error());
      return false;
    }
    const Result<Record> record = (*codec)->decode(body_, arena_, call_);
    if (!record) {
      bad_body(record.error());
      return false;
    }
    message_.body = Body::record(*record);
    return true;
  }

  bool json(Part part) {
    const Result<const Transcoder*> codec = codecs_of(*method_).to_json(*method_, part, encoding_);
    if (!codec) {
      fail(Outcome::bad_body, codec.error());
      return false;
    }
    return keep(text_in(arena_, codecs_of(*method_).body(part, encoding_).text_size, body_.size(),
                        [&](Buffer& out) { return (*codec)->transcode(body_, out, call_); }));
  }

  bool keep(const Result<std::string_view>& text) {
    if (!text) {
      bad_body(text.error());
      return false;
    }
    message_.body = Body::json(*text);
    return true;
  }

  [[nodiscard]] bool is_bare() const { return plan_->options().bare && !method_->is_protobuf(); }

  // ---- Results

  void result() {
    switch (want_.body) {
      case Body::Kind::json:
        return method_ != nullptr ? json_result() : static_cast<void>(struct_body(part_));
      case Body::Kind::record:
        if (struct_body(Part::result)) {
          decide(result_fields(message_.body.as_record()));
        }
        return;
      case Body::Kind::none:
      case Body::Kind::raw:
      case Body::Kind::object: break;
    }
    if (look_at_fields()) {
      const Outcome outcome = message_.outcome;
      message_.outcome = struct_body(Part::result) ? outcome : message_.outcome;
    }
  }

  // Sets the outcome by the fields.
  bool decide(const ResultFields& fields) {
    const Result<Outcome> outcome = outcome_of(fields, method_);
    if (!outcome) {
      bad_body(outcome.error());
      return false;
    }
    message_.outcome = *outcome;
    return true;
  }

  // The same by the fields on the wire.
  bool look_at_fields() {
    const StructType* const reply = method_ != nullptr ? method_->method().reply : nullptr;
    const Result<ResultFields> fields = result_fields(encoding_, body_, reply, call_.limits);
    if (!fields) {
      bad_body(fields.error());
      return false;
    }
    return decide(*fields);
  }

  void json_result() {
    if (method_->oneway()) {
      return fail(Outcome::bad_body, Error(Errc::unsupported, "a oneway method has no replies"));
    }
    FieldCursor cursor(encoding_, body_, call_.limits);
    const Result<std::optional<FieldHead>> head = cursor.next();
    if (head && *head) {
      const StructType& reply = *method_->method().reply;
      const int i = reply.index_of_id((*head)->id);
      if (i >= 0 && field_text(reply.fields[static_cast<std::size_t>(i)],
                               static_cast<std::size_t>(i), **head)) {
        return;
      }
    } else if (head && cursor.size() == body_.size() && is_void()) {
      message_.body = Body::json(is_bare() ? "null" : "{}");
      message_.outcome = Outcome::success;
      return;
    }
    if (look_at_fields()) {
      const Outcome outcome = message_.outcome;
      const bool is_value = is_bare() && outcome == Outcome::success;
      const int success = method_->method().reply->index_of_id(0);
      if (!is_value) {
        message_.outcome = json(Part::result) ? outcome : message_.outcome;
      } else if (success < 0) {
        message_.body = Body::json("null");
      } else {
        const auto i = static_cast<std::size_t>(success);
        const bool done = json_value(method_->method().reply->fields[i], i, false);
        message_.outcome = done ? outcome : message_.outcome;
      }
    }
  }

  [[nodiscard]] bool is_void() const { return method_->method().result->kind == Kind::void_; }

  // Text of a struct of which one field has come, by the codec of that field alone. False: the
  // struct is not as it usually is, and nothing was done.
  bool field_text(const Field& field, std::size_t i, const FieldHead& head) {
    const auto slot = static_cast<std::size_t>(encoding_);
    const FieldCodecs& codecs = codecs_of(*method_).fields(part_)[i];
    if (slot >= std::size(codecs.type) || codecs.type[slot] == 0 || body_.back() != 0 ||
        head.value >= body_.size()) {
      return false;
    }
    const Bytes value = body_.subspan(head.value, body_.size() - head.value - 1);
    const bool is_plain = is_bare() && (part_ == Part::args || field.id == 0);
    const std::string_view before = is_plain ? std::string_view() : codecs.head;
    const std::string_view after = is_plain ? "" : "}";
    const bool is_bool = encoding_ == Encoding::compact && field.type->kind == Kind::boolean;
    const Transcoder* codec = nullptr;
    if (is_bool) {
      if (!value.empty() || (head.type != compact_true && head.type != compact_false)) {
        return false;
      }
    } else {
      if (head.type != codecs.type[slot]) {
        return false;
      }
      const Result<const Transcoder*> made =
          codecs_of(*method_).field_to_json(*method_, part_, i, encoding_);
      if (!made) {
        return false;
      }
      codec = *made;
    }
    const auto write = [&](Buffer& out) -> Result<void> {
      if (!append(out, before)) {
        return std::unexpected(Error(Errc::no_memory));
      }
      if (is_bool) {
        if (!append(out, head.type == compact_true ? "true" : "false")) {
          return std::unexpected(Error(Errc::no_memory));
        }
      } else if (Result<void> done = codec->transcode(value, out, call_); !done) {
        return done;
      }
      return append(out, after) ? Result<void>() : std::unexpected(Error(Errc::no_memory));
    };
    const Result<std::string_view> text =
        text_in(arena_, codecs_of(*method_).body(part_, encoding_).text_size, body_.size(), write);
    if (!text) {
      return false;
    }
    message_.body = Body::json(*text);
    message_.outcome = !want_.is_reply ? Outcome::request
                       : field.id == 0 ? Outcome::success
                                       : Outcome::declared_exception;
    return true;
  }

  // The value alone of a struct that has one field or none.
  bool json_value(const Field& field, std::size_t i, bool try_field) {
    if (try_field && encoding_ != Encoding::json) {
      FieldCursor cursor(encoding_, body_, call_.limits);
      const Result<std::optional<FieldHead>> head = cursor.next();
      if (head && *head && (*head)->id == field.id && field_text(field, i, **head)) {
        return true;
      }
    }
    if (!json(part_)) {
      return false;
    }
    const std::string_view text = message_.body.text();
    const std::string_view head = codecs_of(*method_).fields(part_)[i].head;
    const std::size_t last = text.find_last_not_of(space);
    if (text.starts_with(head) && !head.empty()) {
      message_.body = Body::json(text.substr(head.size(), last - head.size()));
      return true;
    }
    // With indentation, the colon is followed by a space, and lines begin within the value.
    const std::size_t first = text.find_first_not_of(space, 1);
    if (first == last) {
      message_.body = Body::json("null");
      return true;
    }
    const std::size_t colon = text.find("\": ", first);
    if (head.empty() || colon == std::string_view::npos) {
      fail(Outcome::bad_body,
           Error(Errc::unsupported, "the key of '" + field.name + "' has characters to escape"));
      return false;
    }
    const std::string_view value = text.substr(colon + 3, last - colon - 3);
    message_.body = Body::json(value.substr(0, value.find_last_not_of(space) + 1));
    return true;
  }

  const Want& want_;
  const Plan* plan_;
  const CallOptions& call_;
  Arena& arena_;
  Message& message_;
  const MethodPlan* method_ = nullptr;
  Bytes body_;
  std::size_t body_at_ = 0;
  Protocol protocol_;
  Encoding encoding_;
  Part part_ = Part::args;
};

}  // namespace

Result<std::size_t> read_payload(Protocol protocol, const Plan* plan, Bytes bytes, bool is_whole,
                                 const Want& want, Arena& arena, Message& message) {
  try {
    return PayloadReader(protocol, plan, want, arena, message).read(bytes, is_whole);
  } catch (const std::bad_alloc&) {
    return std::unexpected(Error(Errc::no_memory));
  }
}

}  // namespace wirejit::rpc::detail

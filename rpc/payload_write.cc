// Writes payloads. Entry: write_payload. Invariant: the chain is as before if anything fails.
#include "payload.h"
#include "thrift_fields.h"

#include <wirejit/rpc/envelope.h>
#include <wirejit/rpc/metainfo.h>
#include <wirejit/rpc/object_body.h>
#include <wirejit/rpc/status.h>

#include <array>
#include <new>
#include <string>
#include <utility>

namespace wirejit::rpc::detail {

namespace {

constexpr std::array<std::uint8_t, 1> stop{0};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(space);
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

// One payload on its way into a chain.
class PayloadWriter {
 public:
  PayloadWriter(Protocol protocol, const Plan* plan, const Message& message, Chain& out)
      : message_(message),
        plan_(plan),
        call_(call_of(plan)),
        out_(out),
        protocol_(protocol),
        encoding_(encoding_of(protocol)),
        is_reply_(message.type == MessageType::reply) {}

  Result<void> write() {
    if (!has_envelope(protocol_)) {
      return message_.type == MessageType::exception
                 ? std::unexpected(Error(Errc::unsupported,
                                         "this payload has no envelope, and so no exceptions"))
                 : body();
    }
    if (Result<void> done = envelope(); !done) {
      return done;
    }
    if (Result<void> done =
            message_.type == MessageType::exception ? application_exception() : body();
        !done) {
      return done;
    }
    return end_envelope(protocol_, out_);
  }

 private:
  Result<void> envelope() {
    Envelope envelope{.service = {},
                      .method = message_.method,
                      .type = message_.type,
                      .seqid = message_.seqid,
                      .size = 0};
    // Calls name their service in front of the method where no header can.
    const Transport transport = message_.flavour.transport;
    const bool is_call = message_.type == MessageType::call || message_.type == MessageType::oneway;
    if (is_call && encoding_ != Encoding::protobuf &&
        (transport == Transport::unframed || transport == Transport::framed ||
         transport == Transport::theader)) {
      envelope.service = message_.service;
    }
    return write_envelope(protocol_, envelope, out_);
  }

  Result<void> application_exception() {
    static constexpr ApplicationException unknown{.message = "unknown error",
                                                  .code = ApplicationException::internal_error};
    return write_exception(protocol_, message_.error ? exception_of(*message_.error) : unknown,
                           out_);
  }

  Result<void> body() {
    switch (message_.body.kind()) {
      case Body::Kind::none: return empty_struct();
      case Body::Kind::raw:
        return message_.body.chain() != nullptr ? out_.append(*message_.body.chain())
                                                : out_.append(message_.body.bytes());
      case Body::Kind::object: return message_.body.as_object()->encode(protocol_, out_, call_);
      case Body::Kind::record:
      case Body::Kind::json: break;
    }
    if (plan_ == nullptr) {
      return std::unexpected(
          Error(Errc::unsupported, "without a plan, bodies are raw ones and objects"));
    }
    method_ = plan_->find(message_.service, message_.method);
    if (method_ == nullptr) {
      return std::unexpected(plan_->why_not(message_.service, message_.method));
    }
    part_ = part_of(*method_, protocol_, is_reply_);
    if (message_.body.kind() == Body::Kind::record) {
      return record();
    }
    return part_ == Part::result && !method_->is_protobuf() ? json_result() : json();
  }

  Result<void> empty_struct() {
    switch (encoding_) {
      case Encoding::binary:
      case Encoding::compact: return out_.append(stop);
      case Encoding::json: return out_.append(as_bytes("{}"));
      case Encoding::protobuf: break;
    }
    return {};
  }

  // A result that is empty says nothing, unless its header does.
  [[nodiscard]] Result<void> check(const ResultFields& fields) const {
    if (fields.count == 0) {
      const Result<std::optional<BusinessError>> said = read_business_error(message_.pairs);
      if (said && *said) {
        return {};
      }
    }
    const Result<Outcome> outcome = outcome_of(fields, method_);
    return outcome ? Result<void>() : std::unexpected(outcome.error());
  }

  Result<void> record() {
    const RecordView& record = message_.body.as_record();
    if (part_ == Part::result && !method_->is_protobuf()) {
      if (Result<void> ok = check(result_fields(record)); !ok) {
        return ok;
      }
    }
    const Result<const RecordCodec*> codec = codecs_of(*method_).record(*method_, part_, encoding_);
    return codec ? (*codec)->encode(record, out_, call_) : std::unexpected(codec.error());
  }

  // ---- JSON text

  // A body that is one struct, or one value of it.
  Result<void> json() {
    const std::string_view text = message_.body.text();
    if (part_ == Part::args && is_bare() && method_->method().args->fields.size() == 1) {
      return value(0, text, text);
    }
    const Result<const Transcoder*> codec =
        codecs_of(*method_).from_json(*method_, part_, encoding_);
    return codec ? (*codec)->transcode(text, out_, call_) : std::unexpected(codec.error());
  }

  Result<void> json_result() {
    const std::string_view text = message_.body.text();
    const StructType& reply = *method_->method().reply;
    if (is_bare() && message_.outcome != Outcome::declared_exception) {
      const int success = reply.index_of_id(0);
      if (success >= 0) {
        return value(static_cast<std::size_t>(success), text, text);
      }
      const std::string_view nothing = trimmed(text);
      if (nothing == "null" || nothing.empty()) {
        return empty_struct();
      }
      return through_struct(text, 0);
    }
    std::string_view rest = text;
    const int field = take_key(reply, rest);
    if (field >= 0) {
      return value(static_cast<std::size_t>(field), rest, text);
    }
    return through_struct(text, 0);
  }

  [[nodiscard]] bool is_bare() const { return plan_->options().bare && !method_->is_protobuf(); }

  // The field whose key an object of one member begins with, and the text of its value; -1 if there
  // is none, or if the text is unusual.
  [[nodiscard]] int take_key(const StructType& type, std::string_view& text) const {
    std::string_view rest = trimmed(text);
    if (rest.size() < 2 || rest.front() != '{' || rest.back() != '}') {
      return -1;
    }
    rest = trimmed(rest.substr(1, rest.size() - 2));
    if (rest.empty() || rest.front() != '"') {
      return -1;
    }
    const std::size_t end = rest.find('"', 1);
    if (end == std::string_view::npos) {
      return -1;
    }
    const std::string_view key = rest.substr(1, end - 1);
    rest = trimmed(rest.substr(end + 1));
    if (rest.empty() || rest.front() != ':' || key.find('\\') != std::string_view::npos) {
      return -1;
    }
    text = trimmed(rest.substr(1));
    const json::Keys keys = plan_->options().profile.text.keys;
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
      const Field& field = type.fields[i];
      if ((keys != json::Keys::name && key == field.json_name) ||
          (keys != json::Keys::alias && key == field.name)) {
        return static_cast<int>(i);
      }
    }
    return -1;
  }

  // The struct with one field, whose value is `text`. `all`: the text of the body.
  Result<void> value(std::size_t i, std::string_view text, std::string_view all) {
    const FieldCodecs& codecs = codecs_of(*method_).fields(part_)[i];
    const bool is_alone = text.data() == all.data() && text.size() == all.size();
    const StructType& type =
        part_ == Part::result ? *method_->method().reply : *method_->method().args;
    const Field& field = type.fields[i];
    const auto slot = static_cast<std::size_t>(encoding_);
    if (slot < std::size(codecs.type) && codecs.type[slot] != 0 &&
        !(encoding_ == Encoding::compact && field.type->kind == Kind::boolean)) {
      const Result<const Transcoder*> codec =
          codecs_of(*method_).field_from_json(*method_, part_, i, encoding_);
      if (!codec) {
        return std::unexpected(codec.error());
      }
      const std::size_t before = out_.size();
      if (Result<void> head = field_head(field, codecs.type[slot]); !head) {
        return head;
      }
      if (Result<void> done = (*codec)->transcode(text, out_, call_)) {
        return out_.append(stop);
      }
      // What is wrong, and where, is told by the codec of the struct; or it is a null.
      out_.truncate(before);
    }
    if (!is_alone) {
      return through_struct(all, 0);
    }
    if (codecs.head.empty()) {
      return std::unexpected(
          Error(Errc::unsupported, "the key of '" + field.name + "' has characters to escape"));
    }
    try {
      std::string wrapped = codecs.head;
      wrapped += text;
      wrapped += '}';
      return through_struct(wrapped, codecs.head.size());
    } catch (const std::bad_alloc&) {
      return std::unexpected(Error(Errc::no_memory));
    }
  }

  Result<void> field_head(const Field& field, std::uint8_t type) {
    const auto id = static_cast<std::uint16_t>(field.id);
    if (encoding_ == Encoding::binary) {
      const std::array<std::uint8_t, 3> head{type, static_cast<std::uint8_t>(id >> 8),
                                             static_cast<std::uint8_t>(id)};
      return out_.append(head);
    }
    if (field.id > 0 && field.id < 16) {
      const std::array<std::uint8_t, 1> head{static_cast<std::uint8_t>(field.id << 4 | type)};
      return out_.append(head);
    }
    std::array<std::uint8_t, 4> head{type};
    std::size_t size = 1;
    auto zigzag =
        static_cast<std::uint32_t>(field.id) << 1 ^ static_cast<std::uint32_t>(field.id >> 31);
    for (; zigzag >= 0x80; zigzag >>= 7) {
      head[size++] = static_cast<std::uint8_t>(zigzag | 0x80);
    }
    head[size++] = static_cast<std::uint8_t>(zigzag);
    return out_.append(Bytes(head).first(size));
  }

  // The struct by its own codec; a result is looked at once more. `head`: how many bytes stand in
  // front of the user's text.
  Result<void> through_struct(std::string_view text, std::size_t head) {
    const Result<const Transcoder*> codec =
        codecs_of(*method_).from_json(*method_, part_, encoding_);
    if (!codec) {
      return std::unexpected(codec.error());
    }
    Buffer body;
    if (Result<void> done = (*codec)->transcode(text, body, call_); !done) {
      return head == 0 ? done : std::unexpected(without_head(done.error(), head));
    }
    if (part_ == Part::result) {
      const Result<ResultFields> fields =
          result_fields(encoding_, body.bytes(), method_->method().reply, call_.limits);
      if (!fields) {
        return std::unexpected(fields.error());
      }
      if (Result<void> ok = check(*fields); !ok) {
        return ok;
      }
    }
    return out_.append(std::move(body));
  }

  static Error without_head(const Error& error, std::size_t head) {
    const auto less = [head](auto n) { return n >= head ? n - static_cast<decltype(n)>(head) : n; };
    return Error(
        Error::Detail{.code = error.code(),
                      .remote_code = error.remote_code(),
                      .offset = error.offset() == no_offset ? no_offset : less(error.offset()),
                      .line = error.line(),
                      .column = error.line() == 1 ? less(error.column()) : error.column(),
                      .path = error.path(),
                      .message = error.message()});
  }

  const Message& message_;
  const Plan* plan_;
  const CallOptions& call_;
  Chain& out_;
  const MethodPlan* method_ = nullptr;
  Protocol protocol_;
  Encoding encoding_;
  Part part_ = Part::args;
  bool is_reply_;
};

}  // namespace

Result<void> write_payload(Protocol protocol, const Plan* plan, const Message& message,
                           Chain& out) {
  const std::size_t before = out.size();
  Result<void> done;
  try {
    done = PayloadWriter(protocol, plan, message, out).write();
  } catch (const std::bad_alloc&) {
    done = std::unexpected(Error(Errc::no_memory));
  }
  if (!done) {
    out.truncate(before);
  }
  return done;
}

}  // namespace wirejit::rpc::detail

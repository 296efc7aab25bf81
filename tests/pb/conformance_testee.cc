// Speaks the protocol of the official conformance runner on standard input and output: a length of
// four bytes, little-endian, and a ConformanceRequest; the same for the response; until the end.
// Usage: conformance_testee --descriptors FILE [--engine jit|interpret] [--way record|one-pass]
// Invariant: uses the library as a user's program does: a message is decoded into a record and
// encoded from it, or converted in one pass.
#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/record_codec.h>
#include <wirejit/reflect.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace conformance {

enum class WireFormat : std::int32_t { unspecified, protobuf, json, jspb, text_format };
enum class Category : std::int32_t {
  unspecified,
  binary,
  json,
  json_ignore_unknown,
  jspb,
  text_format
};

// conformance.proto
struct Request {
  std::optional<std::string> protobuf_payload;
  std::optional<std::string> json_payload;
  std::optional<std::string> jspb_payload;
  std::optional<std::string> text_payload;
  WireFormat requested_output_format = WireFormat::unspecified;
  std::string message_type;
  Category test_category = Category::unspecified;
};
struct Response {
  std::optional<std::string> parse_error;
  std::optional<std::string> runtime_error;
  std::optional<std::string> protobuf_payload;
  std::optional<std::string> json_payload;
  std::optional<std::string> skipped;
  std::optional<std::string> serialize_error;
};

namespace member = wirejit::member;
WIREJIT_ENUM(WireFormat, unspecified, protobuf, json, jspb, text_format)
WIREJIT_ENUM(Category, unspecified, binary, json, json_ignore_unknown, jspb, text_format)
WIREJIT_STRUCT(Request, (1, protobuf_payload, member::binary, member::oneof("payload")),
               (2, json_payload, member::binary, member::oneof("payload")),
               (7, jspb_payload, member::binary, member::oneof("payload")),
               (8, text_payload, member::binary, member::oneof("payload")),
               (3, requested_output_format), (4, message_type), (5, test_category))
WIREJIT_STRUCT(Response, (1, parse_error, member::oneof("result")),
               (2, runtime_error, member::oneof("result")),
               (3, protobuf_payload, member::binary, member::oneof("result")),
               (4, json_payload, member::oneof("result")), (5, skipped, member::oneof("result")),
               (6, serialize_error, member::oneof("result")))

namespace {

using wirejit::Arena;
using wirejit::as_bytes;
using wirejit::Buffer;
using wirejit::Engine;
using wirejit::EngineOptions;
using wirejit::Format;
using wirejit::RecordCodec;
using wirejit::RecordType;
using wirejit::Result;
using wirejit::Schema;
using wirejit::Unknown;

enum class Form : std::uint8_t { protobuf, json, json_ignoring_unknown };

class Testee {
 public:
  Testee(Schema schema, const Engine& engine, bool one_pass)
      : schema_(std::move(schema)), engine_(engine), one_pass_(one_pass) {}

  Response answer(const Request& request) {
    Response r;
    if (request.text_payload || request.jspb_payload ||
        (request.requested_output_format != WireFormat::protobuf &&
         request.requested_output_format != WireFormat::json)) {
      r.skipped = "text format and JSPB are not built";
      return r;
    }
    const Form from = request.protobuf_payload ? Form::protobuf
                      : request.test_category == Category::json_ignore_unknown
                          ? Form::json_ignoring_unknown
                          : Form::json;
    const Form to =
        request.requested_output_format == WireFormat::protobuf ? Form::protobuf : Form::json;
    const std::string& payload =
        request.protobuf_payload ? *request.protobuf_payload : request.json_payload.value_or("");
    const auto type = schema_.find_struct(request.message_type);
    if (!type) {
      r.runtime_error = "no message " + request.message_type + " among the descriptors";
      return r;
    }
    convert(*type, from, to, payload, r);
    return r;
  }

 private:
  static Format format(Form form) {
    switch (form) {
      case Form::protobuf: return wirejit::pb::wire;
      case Form::json:
      case Form::json_ignoring_unknown: break;
    }
    return wirejit::pb::json;
  }
  static wirejit::Options options(Form from) {
    wirejit::Options o;
    o.unknown_fields = from == Form::protobuf ? Unknown::keep
                       : from == Form::json   ? Unknown::error
                                              : Unknown::skip;
    return o;
  }

  void convert(const wirejit::StructType& type, Form from, Form to, const std::string& payload,
               Response& r) {
    Buffer out;
    if (one_pass_) {
      auto transcoder =
          engine_.transcoder({schema_, type}, format(from), format(to), options(from));
      if (!transcoder) {
        r.runtime_error = transcoder.error().to_string();
        return;
      }
      if (auto done = transcoder->transcode(as_bytes(payload), out); !done) {
        // One call reads and writes. Decoding the input alone tells which of the two failed.
        if (auto read = read_only(type, from, payload); read) {
          r.serialize_error = done.error().to_string();
        } else {
          r.parse_error = done.error().to_string();
        }
        return;
      }
      return give(out, to, r);
    }
    Arena arena;
    auto reader = codec(type, from);
    auto writer = codec(type, to);
    if (!reader || !writer) {
      r.runtime_error = (reader ? writer : reader).error().to_string();
      return;
    }
    auto record = (*reader)->decode(as_bytes(payload), arena);
    if (!record) {
      r.parse_error = record.error().to_string();
      return;
    }
    if (auto done = (*writer)->encode(*record, out); !done) {
      r.serialize_error = done.error().to_string();
      return;
    }
    give(out, to, r);
  }

  static void give(const Buffer& out, Form to, Response& r) {
    (to == Form::protobuf ? r.protobuf_payload : r.json_payload) = std::string(out.text());
  }

  Result<void> read_only(const wirejit::StructType& type, Form from, const std::string& payload) {
    auto reader = codec(type, from);
    if (!reader) {
      return std::unexpected(reader.error());
    }
    Arena arena;
    auto record = (*reader)->decode(as_bytes(payload), arena);
    if (!record) {
      return std::unexpected(record.error());
    }
    return {};
  }

  // There is one record type per message, which its codecs of all formats share.
  Result<const RecordCodec*> codec(const wirejit::StructType& type, Form form) {
    std::optional<RecordCodec>& made = codecs_[{&type, form}];
    if (!made) {
      RecordType& records = types_[&type];
      if (records.empty()) {
        auto fresh = RecordType::make(schema_, type.full_name, {.keep_unknown = true});
        if (!fresh) {
          return std::unexpected(fresh.error());
        }
        records = *fresh;
      }
      auto codec = engine_.record_codec(records, format(form), options(form));
      if (!codec) {
        return std::unexpected(codec.error());
      }
      made.emplace(*std::move(codec));
    }
    return &*made;
  }

  Schema schema_;
  Engine engine_;
  bool one_pass_;
  std::map<const wirejit::StructType*, RecordType> types_;
  std::map<std::pair<const wirejit::StructType*, Form>, std::optional<RecordCodec>> codecs_;
};

bool read_all(void* to, std::size_t size) { return std::fread(to, 1, size, stdin) == size; }

int serve(Testee& testee, const Engine& engine) {
  auto requests = engine.decoder<Request>(wirejit::pb::wire);
  auto responses = engine.encoder<Response>(wirejit::pb::wire);
  if (!requests || !responses) {
    std::fprintf(stderr, "conformance_testee: the protocol's messages do not compile\n");
    return 1;
  }
  std::string bytes;
  for (std::uint8_t size[4]; read_all(size, sizeof size);) {
    bytes.resize(static_cast<std::size_t>(size[0]) | static_cast<std::size_t>(size[1]) << 8 |
                 static_cast<std::size_t>(size[2]) << 16 | static_cast<std::size_t>(size[3]) << 24);
    if (!read_all(bytes.data(), bytes.size())) {
      std::fprintf(stderr, "conformance_testee: a request is cut\n");
      return 1;
    }
    Response response;
    if (auto request = requests->decode(as_bytes(bytes)); request) {
      response = testee.answer(*request);
    } else {
      response.runtime_error = request.error().to_string();
    }
    Buffer out;
    if (auto done = responses->encode(response, out); !done) {
      std::fprintf(stderr, "conformance_testee: %s\n", done.error().to_string().c_str());
      return 1;
    }
    for (int k = 0; k < 4; ++k) {
      size[k] = static_cast<std::uint8_t>(out.size() >> (8 * k));
    }
    std::fwrite(size, 1, sizeof size, stdout);
    std::fwrite(out.data(), 1, out.size(), stdout);
    std::fflush(stdout);
  }
  return 0;
}

int run(int count, char** arguments) {
  std::string descriptors;
  EngineOptions::Kind kind = EngineOptions::Kind::automatic;
  bool one_pass = false;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view option = arguments[i];
    const std::string_view value = arguments[i + 1];
    if (option == "--descriptors") {
      descriptors = value;
    } else if (option == "--engine" && (value == "jit" || value == "interpret")) {
      kind = value == "jit" ? EngineOptions::Kind::jit : EngineOptions::Kind::interpret;
    } else if (option == "--way" && (value == "record" || value == "one-pass")) {
      one_pass = value == "one-pass";
    } else {
      count = 0;
    }
  }
  if (count % 2 == 0 || descriptors.empty()) {
    std::fprintf(stderr,
                 "usage: conformance_testee --descriptors FILE [--engine jit|interpret] "
                 "[--way record|one-pass]\n");
    return 2;
  }
  auto schema = wirejit::pb::load_file(descriptors);
  if (!schema) {
    std::fprintf(stderr, "conformance_testee: %s\n", schema.error().to_string().c_str());
    return 1;
  }
  const Engine engine({.kind = kind});
  Testee testee(*schema, engine, one_pass);
  return serve(testee, engine);
}

}  // namespace
}  // namespace conformance

int main(int count, char** arguments) { return conformance::run(count, arguments); }

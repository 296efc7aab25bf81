// The printer of messages. Layers are read by the library; where they are in the input is told by the
// views that it gives. Fixed parts of headers are printed before they are read, so that they are seen
// where the rest is wrong.
#include "frame_text.h"

#include "call_arguments.h"
#include "report.h"
#include "thrift_text.h"

#include <wirejit/rpc/envelope.h>
#include <wirejit/rpc/frame.h>
#include <wirejit/rpc/message.h>
#include <wirejit/skipper.h>
#include <wirejit/thrift.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace wirejit::tools {
namespace {

constexpr std::size_t shown = 256;        // bytes of a text, and of a body without a schema
constexpr std::size_t most_foreign = 64;  // bytes of what is no message
constexpr std::size_t column = 12;        // characters of a layer's name

// Keys of TTHeaders, by their number (Kitex, pkg/transmeta).
constexpr std::array<std::string_view, 28> int_keys{"mesh_version",
                                                    "transport_type",
                                                    "log_id",
                                                    "from_service",
                                                    "from_cluster",
                                                    "from_idc",
                                                    "to_service",
                                                    "to_cluster",
                                                    "to_idc",
                                                    "to_method",
                                                    "env",
                                                    "dest_address",
                                                    "rpc_timeout",
                                                    "read_timeout",
                                                    "ring_hash_key",
                                                    "ddp_tag",
                                                    "with_mesh",
                                                    "connect_timeout",
                                                    "span_context",
                                                    "short_connection",
                                                    "from_method",
                                                    "stress_tag",
                                                    "message_type",
                                                    "http_content_type",
                                                    "raw_ring_hash_key",
                                                    "load_balancer",
                                                    "cluster_shard_id",
                                                    "frame_type"};
// Types of the frames of a stream.
constexpr std::array<std::string_view, 6> frame_types{"",     "meta",    "header",
                                                      "data", "trailer", "reset"};

std::string hex(std::uint64_t value, int digits) {
  std::array<char, 20> text{};
  (void)std::snprintf(text.data(), text.size(), "%0*llx", digits,
                      static_cast<unsigned long long>(value));
  return text.data();
}

std::string plural(std::size_t n, const char* what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

std::uint32_t big_endian(Bytes bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + size; ++i) {
    value = value << 8 | bytes[i];
  }
  return value;
}

std::size_t varint_size(std::size_t value) {
  std::size_t n = 1;
  for (; value >= 0x80; value >>= 7) {
    ++n;
  }
  return n;
}

std::string flags_text(std::uint32_t flags) {
  static constexpr std::array<std::pair<std::uint32_t, std::string_view>, 4> names{
      {{0x01, "out_of_order"}, {0x02, "streaming"}, {0x08, "duplex_reverse"}, {0x10, "sasl"}}};
  std::string out = "0x" + hex(flags, 4);
  for (const auto& [bit, name] : names) {
    out += (flags & bit) != 0 ? " " + std::string(name) : "";
  }
  return out;
}

std::string frame_type_text(std::string_view value) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const bool is_known = error == std::errc() && end == value.data() + value.size() && number > 0 &&
                        number < frame_types.size();
  return is_known ? " (" + std::string(frame_types.at(number)) + ")" : "";
}

bool has_envelope(rpc::Protocol protocol) {
  return protocol != rpc::Protocol::thrift_struct && protocol != rpc::Protocol::protobuf;
}

class Printer {
 public:
  Printer(Bytes input, const FrameTextOptions& options, std::string& out)
      : input_(input), options_(options), out_(out) {}

  bool messages() {
    std::size_t at = 0;
    for (std::size_t number = 1; at < input_.size(); ++number) {
      out_ += (number == 1 ? "message " : "\nmessage ") + std::to_string(number) + "\n";
      const std::size_t size = message(at);
      if (options_.bytes) {
        out_ += hex_dump(input_.subspan(at, size == 0 ? input_.size() - at : size), at, "  ");
      }
      if (size == 0) {
        break;
      }
      at += size;
    }
    return is_ok_;
  }

 private:
  void line(std::size_t offset, std::string_view layer, std::string_view text) {
    out_ += hex(offset, 8) + "  ";
    std::string name(layer);
    name.resize(std::max(column, name.size() + 1), ' ');
    out_ += name + std::string(text) + "\n";
  }
  // Offsets of errors count from `from`.
  void fail(const Error& error, std::size_t from) {
    is_ok_ = false;
    const std::size_t at = error.offset() == no_offset ? from : from + error.offset();
    line(at, "error",
         printable(std::string(to_string(error.code())) + ": " + error.message() +
                   (error.path().empty() ? "" : " (in " + error.path() + ")")));
  }
  // Where a view is: in the input, or in the payload that was inflated.
  [[nodiscard]] std::size_t offset_of(const void* view) const {
    const auto* const at = static_cast<const std::uint8_t*>(view);
    const Bytes all = input_;
    return at >= all.data() && at <= all.data() + all.size()
               ? static_cast<std::size_t>(at - all.data())
               : static_cast<std::size_t>(at - inflated_.bytes().data());
  }

  // How many bytes the message at `at` has; 0 if that is not known.
  std::size_t message(std::size_t at) {
    const Bytes rest = input_.subspan(at);
    const rpc::Sniffed sniffed = rpc::sniff(rest, {.old_binary = options_.old_binary});
    switch (sniffed.kind) {
      case rpc::Sniffed::Kind::message: break;
      case rpc::Sniffed::Kind::need_more: return missing(at, rest.size(), sniffed.need);
      case rpc::Sniffed::Kind::http1: return foreign(at, "a request of HTTP/1");
      case rpc::Sniffed::Kind::http2: return foreign(at, "the preface of HTTP/2");
      case rpc::Sniffed::Kind::tls: return foreign(at, "a ClientHello of TLS");
      case rpc::Sniffed::Kind::unknown: return foreign(at, "nothing that is known");
    }
    const std::size_t first_line = out_.size();
    fixed_parts(at, sniffed);
    Chain chain;
    if (const Result<void> linked = chain.append_external(rest); !linked) {
      fail(linked.error(), at);
      return 0;
    }
    rpc::Message message;
    inflated_.clear();
    std::size_t need = 0;
    const Result<std::optional<rpc::Frame>> frame =
        rpc::read_frame(chain, limits_, message, inflated_, need);
    if (!frame) {
      fail(frame.error(), at);
      return 0;
    }
    if (!*frame) {
      return missing(at, rest.size(), need);
    }
    header(at + sniffed.mesh_bytes, at + (*frame)->header_bytes, message);
    if (sniffed.mesh_bytes != 0) {
      sort_lines(first_line);  // its pairs are before the fixed parts of what follows it
    }
    return payload(at, sniffed.mesh_bytes, rest, **frame, message);
  }

  // Sorts the lines from there on by their offsets.
  void sort_lines(std::size_t from) {
    std::vector<std::string> lines;
    for (std::size_t at = from; at < out_.size();) {
      const std::size_t end = out_.find('\n', at) + 1;
      lines.push_back(out_.substr(at, end - at));
      at = end;
    }
    std::ranges::sort(lines);
    out_.resize(from);
    for (const std::string& text : lines) {
      out_ += text;
    }
  }

  std::size_t missing(std::size_t at, std::size_t there, std::size_t need) {
    is_ok_ = false;
    line(at + there, "error",
         "truncated: " + plural(there, "byte") + " of the message are there, it has " +
             std::to_string(need) + " at least");
    return 0;
  }

  std::size_t foreign(std::size_t at, const char* what) {
    is_ok_ = false;
    line(at, "error", std::string("protocol_mismatch: ") + what);
    if (!options_.bytes) {
      const Bytes rest = input_.subspan(at);
      out_ += hex_dump(rest.first(std::min(most_foreign, rest.size())), at, "            ");
    }
    return 0;
  }

  // Behind the ids of a header's transforms.
  [[nodiscard]] std::size_t transforms_end(std::size_t begin) const {
    return begin + 16 + input_[begin + 15];
  }

  // Behind a header with a length in words.
  [[nodiscard]] std::size_t header_end(std::size_t begin) const {
    return begin + 14 + std::size_t{4} * big_endian(input_, begin + 12, 2);
  }

  // What is at fixed offsets, so far as it is there.
  void fixed_parts(std::size_t at, const rpc::Sniffed& sniffed) {
    if (sniffed.mesh_bytes != 0) {
      line(at, "mesh", "size " + std::to_string(big_endian(input_, at + 2, 2)));
    }
    const std::size_t begin = at + sniffed.mesh_bytes;
    const std::size_t there = input_.size() - std::min(begin, input_.size());
    const rpc::Transport transport = sniffed.flavour.transport;
    if (transport == rpc::Transport::unframed || there < 4) {
      return;
    }
    const bool has_header = transport != rpc::Transport::framed;
    std::string text = "length " + std::to_string(big_endian(input_, begin, 4));
    if (has_header && there >= 14) {
      const std::uint32_t words = big_endian(input_, begin + 12, 2);
      text += ", magic 0x" + hex(big_endian(input_, begin + 4, 2), 4) + ", flags " +
              flags_text(big_endian(input_, begin + 6, 2)) + ", sequence " +
              std::to_string(big_endian(input_, begin + 8, 4)) + ", header " +
              plural(words, "word") + " (" + plural(words * std::size_t{4}, "byte") + ")";
    }
    line(begin, transport == rpc::Transport::ttheader_framed ? "ttheader" : to_string(transport),
         text);
    if (has_header && there >= 16) {
      line(begin + 14, "protocol", std::to_string(input_[begin + 14]));
      std::string text_of_ids = std::to_string(input_[begin + 15]);
      for (std::size_t i = begin + 16; i < transforms_end(begin) && i < input_.size(); ++i) {
        text_of_ids += (i == begin + 16 ? ": " : ", ") + std::to_string(input_[i]);
      }
      line(begin + 15, "transforms", text_of_ids);
    }
  }

  struct Item {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string layer;
    std::string text;
  };

  // The blocks and pairs of a header, in the order of the bytes. `begin` is where the header begins
  // that is behind a mesh header, and `payload` where the payload does.
  void header(std::size_t begin, std::size_t payload, const rpc::Message& message) {
    std::vector<Item> items;
    blocks(message.int_keys, "info 0x10", "integer key", begin, items);
    blocks(message.pairs, "info 0x01", "pair", begin, items);
    message.int_keys.for_each([&](const rpc::IntPair& pair) {
      const std::size_t at = offset_of(pair.value.data());
      const bool is_type = pair.key == rpc::int_key::frame_type;
      items.push_back(
          {at - 4, at + pair.value.size(), "",
           std::to_string(pair.key) +
               (pair.key < int_keys.size() ? " (" + std::string(int_keys.at(pair.key)) + ")" : "") +
               " = " + quoted(pair.value) + (is_type ? frame_type_text(pair.value) : "")});
    });
    const bool has_varints = message.flavour.transport == rpc::Transport::theader;
    message.pairs.for_each([&](const rpc::TextPair& pair) {
      const std::size_t at = offset_of(pair.key.data());
      const std::size_t before =
          has_varints && at > begin ? varint_size(pair.key.size()) : std::size_t{2};
      items.push_back({at - before, offset_of(pair.value.data()) + pair.value.size(), "",
                       quoted(pair.key) + " = " + quoted(pair.value)});
    });
    if (!message.acl_token.empty()) {
      const std::size_t at = offset_of(message.acl_token.data());
      items.push_back({at - 3, at + message.acl_token.size(), "info 0x11",
                       "ACL token " + quoted(message.acl_token)});
    }
    std::ranges::sort(items, {}, &Item::begin);
    for (const Item& item : items) {
      line(item.begin, item.layer, (item.layer.empty() ? "  " : "") + item.text);
    }
    const rpc::Transport transport = message.flavour.transport;
    if (transport == rpc::Transport::unframed || transport == rpc::Transport::framed) {
      return;
    }
    const std::size_t end = header_end(begin);
    const std::size_t known = std::max(transforms_end(begin), items.empty() ? 0 : items.back().end);
    if (known < end) {
      const Bytes pad = input_.subspan(known, end - known);
      const bool is_zero = std::ranges::all_of(pad, [](std::uint8_t b) { return b == 0; });
      line(known, is_zero ? "padding" : "other", plural(pad.size(), "byte"));
    }
    if (transport == rpc::Transport::ttheader_framed && end + 4 <= payload) {
      line(end, "framed", "length " + std::to_string(big_endian(input_, end, 4)));
    }
  }

  template <class Pair>
  void blocks(const rpc::Pairs<Pair>& pairs, const char* layer, const char* what, std::size_t begin,
              std::vector<Item>& items) {
    for (const auto& block : pairs.blocks()) {
      using Coding = rpc::Pairs<Pair>::Coding;
      const std::size_t at = offset_of(block.bytes.data());
      const bool is_mesh = at < begin;
      const std::size_t before = is_mesh                            ? 2
                                 : block.coding == Coding::ttheader ? 3
                                                                    : 1 + varint_size(block.count);
      items.push_back({at - before, at, is_mesh ? "mesh" : layer, plural(block.count, what)});
    }
  }

  // How many bytes the whole message has; 0 if that is not known.
  std::size_t payload(std::size_t at, std::size_t mesh, Bytes rest, const rpc::Frame& frame,
                      rpc::Message& message) {
    const bool is_inflated = !inflated_.empty();
    std::size_t begin = at + frame.header_bytes;
    Bytes bytes = rest.subspan(std::min(frame.header_bytes, rest.size()));
    if (is_inflated) {
      line(header_end(at + mesh), "inflated",
           plural(inflated_.size(), "byte") + "; offsets count from its start");
      bytes = inflated_.bytes();
      begin = 0;
    }
    if (frame.payload_bytes) {
      if (bytes.size() < *frame.payload_bytes) {
        if (has_envelope(message.flavour.protocol)) {
          (void)envelope(begin, message.flavour.protocol, bytes);  // what there is of it
        }
        return missing(at, rest.size(), frame.header_bytes + *frame.payload_bytes);
      }
      bytes = bytes.first(*frame.payload_bytes);
    }
    const std::optional<std::size_t> read =
        body(begin, bytes, frame.payload_bytes.has_value(), message);
    if (read && frame.payload_bytes && *read < bytes.size()) {
      is_ok_ = false;
      line(begin + *read, "error",
           "trailing_data: " + plural(bytes.size() - *read, "byte") + " behind the body");
    }
    if (is_inflated) {
      return frame.header_bytes;
    }
    return frame.payload_bytes ? frame.header_bytes + bytes.size()
                               : frame.header_bytes + read.value_or(0);
  }

  Result<rpc::Envelope> envelope(std::size_t begin, rpc::Protocol protocol, Bytes bytes) {
    Result<rpc::Envelope> read = rpc::read_envelope(protocol, bytes);
    if (read) {
      line(begin, "envelope",
           std::string(to_string(protocol)) + ": " + std::string(to_string(read->type)) + " " +
               quoted(read->method) +
               (read->service.empty() ? "" : " of " + quoted(read->service)) + ", seqid " +
               std::to_string(read->seqid));
    }
    return read;
  }

  // Prints envelope and body; returns how many bytes they have, if that is known.
  std::optional<std::size_t> body(std::size_t begin, Bytes bytes, bool has_end,
                                  rpc::Message& message) {
    rpc::Protocol protocol = message.flavour.protocol;
    if (!has_envelope(protocol)) {
      // What ends a stream may have a message with an envelope.
      if (!rpc::read_envelope(rpc::Protocol::thrift_binary, bytes)) {
        return data(begin, bytes, message);
      }
      protocol = rpc::Protocol::thrift_binary;
    }
    const Result<rpc::Envelope> head = envelope(begin, protocol, bytes);
    if (!head) {
      fail(head.error(), begin);
      return std::nullopt;
    }
    const bool is_reply =
        head->type == rpc::MessageType::reply || head->type == rpc::MessageType::exception;
    rpc::Want want;
    want.body = options_.plan ? rpc::Body::Kind::json : rpc::Body::Kind::raw;
    want.method = head->method;
    want.is_reply = is_reply;
    Arena arena;
    Chain chain;
    Result<void> linked = chain.append_external(bytes);
    const Result<std::shared_ptr<const rpc::PayloadCodec>> codec =
        codec_of(protocol, options_.plan);
    const Result<std::size_t> read =
        !linked  ? Result<std::size_t>(std::unexpected(linked.error()))
        : !codec ? Result<std::size_t>(std::unexpected(codec.error()))
                 : (*codec)->unmarshal(chain, has_end ? std::optional(bytes.size()) : std::nullopt,
                                       want, arena, message);
    if (!read) {
      fail(read.error(), begin);
      return std::nullopt;
    }
    outcome(begin, head->size, bytes.first(*read), protocol, message);
    return *read;
  }

  // Prints a body that was read, behind the envelope of a payload that begins at `payload`.
  void outcome(std::size_t payload, std::size_t envelope, Bytes whole, rpc::Protocol protocol,
               const rpc::Message& message) {
    const std::size_t begin = payload + envelope;
    const Bytes bytes = whole.subspan(envelope);
    switch (message.outcome) {
      case rpc::Outcome::application_exception: {
        rpc::ApplicationException exception;
        Buffer scratch;
        if (const auto read = rpc::read_exception(protocol, bytes, exception, scratch); !read) {
          return fail(read.error(), begin);
        }
        return line(begin, "exception",
                    "code " + std::to_string(exception.code) + ", " + quoted(exception.message));
      }
      case rpc::Outcome::bad_body:
        if (message.error) {
          fail(*message.error, payload);
        }
        return dump(begin, bytes);
      default: break;
    }
    if (message.outcome == rpc::Outcome::business_error && message.error) {
      line(begin, "business", printable(message.error->to_string()));
    }
    if (message.body.kind() == rpc::Body::Kind::json) {
      const bool is_request = message.outcome == rpc::Outcome::request;
      const bool is_thrown = message.outcome == rpc::Outcome::declared_exception;
      line(begin, is_request ? "arguments" : is_thrown ? "thrown" : "result", message.body.text());
      return;
    }
    raw(begin, bytes, protocol,
        options_.plan && message.error ? message.error->to_string() : std::string());
  }

  // The bare struct of a frame of a stream.
  std::optional<std::size_t> data(std::size_t begin, Bytes bytes, const rpc::Message& message) {
    if (bytes.empty()) {
      return 0;
    }
    const std::string_view name = message.int_keys.find(rpc::int_key::to_method).value_or("");
    const rpc::MethodPlan* const method =
        options_.plan ? options_.plan->find(message.service, name) : nullptr;
    if (method == nullptr) {
      raw(begin, bytes, message.flavour.protocol, "");
      return bytes.size();
    }
    const Result<std::string> text =
        json_of_data(options_.plan, *method, options_.from_server, bytes);
    if (!text) {
      fail(text.error(), begin);
      dump(begin, bytes);
    } else {
      line(begin, "data", *text);
    }
    return bytes.size();
  }

  // A body without a schema, or one that does not have it; `why` says so.
  void raw(std::size_t begin, Bytes bytes, rpc::Protocol protocol, std::string_view why) {
    line(begin, "body", plural(bytes.size(), "byte") + (why.empty() ? "" : "; ") + printable(why));
    const bool is_compact = protocol == rpc::Protocol::thrift_compact;
    const bool is_thrift = is_compact || protocol == rpc::Protocol::thrift_binary ||
                           protocol == rpc::Protocol::thrift_binary_old ||
                           protocol == rpc::Protocol::thrift_struct;
    const Result<std::size_t> end =
        is_thrift ? skip(is_compact ? Format(thrift::compact) : Format(thrift::binary), bytes)
                  : Result<std::size_t>(bytes.size());
    if (!end) {
      fail(end.error(), begin);
    } else if (*end < bytes.size()) {
      fail(Error(Errc::trailing_data, plural(bytes.size() - *end, "byte") + " after the struct",
                 *end),
           begin);
    }
    if (const auto text = is_thrift && end ? thrift_text(bytes, is_compact) : std::nullopt) {
      out_ += "            " + *text + "\n";
    } else if (protocol == rpc::Protocol::thrift_json) {
      out_ += "            " + printable(as_text(bytes.first(std::min(bytes.size(), 16 * shown)))) +
              "\n";
    } else {
      dump(begin, bytes);
    }
  }

  void dump(std::size_t begin, Bytes bytes) {
    out_ += hex_dump(bytes.first(std::min(shown, bytes.size())), begin, "            ");
    if (bytes.size() > shown) {
      out_ += "            ... " + plural(bytes.size() - shown, "byte") + " more\n";
    }
  }

  Bytes input_;
  const FrameTextOptions& options_;
  std::string& out_;
  rpc::FrameLimits limits_;
  Buffer inflated_;
  bool is_ok_ = true;
};

}  // namespace

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (std::string_view left = text.substr(0, shown); !left.empty();) {
    const std::size_t n = sequence_length(left);
    const auto byte = static_cast<unsigned char>(left[0]);
    if (byte == '"' || byte == '\\') {
      out += {'\\', left[0]};
    } else if (n == 0 || byte < 0x20 || byte == 0x7f || printable(left.substr(0, n)) == " ") {
      out += byte == ' ' ? " " : "\\x" + hex(byte, 2);
    } else {
      out += left.substr(0, n);
    }
    left.remove_prefix(std::max<std::size_t>(n, 1));
  }
  return out + '"' + (text.size() > shown ? "... (" + plural(text.size(), "byte") + ")" : "");
}

std::string hex_dump(Bytes bytes, std::size_t address, const char* indent) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 16) {
    const Bytes row = bytes.subspan(at, std::min<std::size_t>(16, bytes.size() - at));
    std::string codes;
    std::string text;
    for (const std::uint8_t byte : row) {
      codes += (codes.size() == 24 ? "  " : " ") + hex(byte, 2);
      text += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
    }
    codes.resize(49, ' ');
    out += indent + hex(address + at, 8) + " " + codes + "  |" + text + "|\n";
  }
  return out;
}

bool describe_frames(Bytes input, const FrameTextOptions& options, std::string& out) {
  return Printer(input, options, out).messages();
}

}  // namespace wirejit::tools

// Captured messages as people read them: each layer with the offset of its first byte.
// Entry: describe_frames. Invariant: nothing is printed as it came: text is quoted, and control
// characters are escaped.
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/rpc/payload_codec.h>
#include <wirejit/rpc/plan.h>

#include <memory>
#include <string>

namespace wirejit::tools {

struct FrameTextOptions {
  std::shared_ptr<const rpc::Plan> plan;  // null: bodies are shown without names
  bool old_binary = false;                // old Binary envelopes are looked for
  bool from_server = false;               // data of streams are responses
  bool bytes = false;                     // all bytes of each message are shown, too
};

// Appends the messages of `input`, one after another, layer by layer. False if one is malformed or
// not whole: then what could be read was appended, and the error behind it; what follows is not
// looked at where its beginning cannot be told.
[[nodiscard]] bool describe_frames(Bytes input, const FrameTextOptions& options, std::string& out);

// Rows of sixteen bytes, each with its offset, which counts from `address`.
[[nodiscard]] std::string hex_dump(Bytes bytes, std::size_t address, const char* indent);

// The text in quotes, as JSON has it; long text is cut.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace wirejit::tools

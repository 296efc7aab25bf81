// wirejit convert --stream: all messages of a stream, one after another, in constant memory.
// Entry: add_stream, convert_stream. Invariant: what was converted before an error is in the output,
// whole messages only; the exit code tells whether any message was left out.
#pragma once

#include "status.h"

#include <wirejit/codec.h>
#include <wirejit/stream.h>

#include <CLI/CLI.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace wirejit::tools {

struct StreamArguments {
  // None without --stream.
  std::optional<Framing> from;
  std::optional<Framing> to;
  bool skip_errors = false;
};
// --stream and --skip-errors.
void add_stream(CLI::App& app, StreamArguments& arguments);

struct StreamJob {
  const Transcoder& transcoder;
  const CallOptions& call;
  const StreamArguments& stream;
  Format from;
  Format to;
  bool is_indented = false;
  std::size_t message_bytes = 0;  // of one message of the input
  const std::string& input;
  const std::string& output;
  bool quiet = false;
};
// Complains on stderr where it fails.
[[nodiscard]] Status convert_stream(const StreamJob& job);

}  // namespace wirejit::tools

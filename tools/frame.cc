// wirejit frame: captured messages of calls, layer by layer.
#include "frame_text.h"

#include "call_arguments.h"
#include "commands.h"
#include "files.h"
#include "progress.h"
#include "report.h"

#include <memory>

namespace wirejit::tools {
namespace {

struct Arguments {
  PlanArguments plan;
  FrameTextOptions text;
  bool hex = false;
  std::string input = "-";
};

int digit_of(std::uint8_t c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

// Two digits a byte; white space is skipped.
Result<std::vector<std::uint8_t>> from_hex(const std::vector<std::uint8_t>& text) {
  std::vector<std::uint8_t> bytes;
  int high = -1;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const int digit = digit_of(text[at]);
    if (digit < 0 && text[at] != ' ' && (text[at] < '\t' || text[at] > '\r')) {
      return std::unexpected(Error(Errc::syntax, "expected a hexadecimal digit", at));
    }
    if (digit >= 0 && high >= 0) {
      bytes.push_back(static_cast<std::uint8_t>(high << 4 | digit));
    }
    if (digit >= 0) {
      high = high >= 0 ? -1 : digit;
    }
  }
  if (high >= 0) {
    return std::unexpected(Error(Errc::truncated, "half a byte", text.size()));
  }
  return bytes;
}

Status run(Arguments& a) {
  if (!a.plan.schema.path.empty()) {
    const Result<Plans> plans = load_plans(a.plan);
    if (!plans) {
      return status_of(plans.error().code());
    }
    a.text.plan = plans->requests;
  }
  Progress progress(Progress::Kind::off);
  Result<std::vector<std::uint8_t>> input = read_input(a.input, progress);
  if (!input) {
    complain(input.error().message());
    return status_of(input.error().code());
  }
  if (a.hex) {
    Result<std::vector<std::uint8_t>> bytes = from_hex(*input);
    if (!bytes) {
      complain(describe_error(bytes.error(), shown_input(a.input), *input, true));
      return Status::data;
    }
    input = std::move(*bytes);
  }
  std::string out;
  const bool is_ok = describe_frames(*input, a.text, out);
  if (const Result<void> written = write_stdout(out); !written) {
    if (!written.error().message().empty()) {
      complain(written.error().message());
    }
    return Status::io;
  }
  return is_ok ? Status::ok : Status::data;
}

}  // namespace

void add_frame(CLI::App& app, Status& status) {
  const auto a = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("frame", "Print captured messages of calls, layer by layer");
  command->footer(
      std::string(
          "Example: wirejit frame --idl orders.thrift capture.bin\n\n"
          "Each line begins with the offset of what it shows. A message that is wrong or not "
          "whole gives the layers that could be read, the error, and exit code 1.\n\n") +
      status_help);
  add_plan(*command, a->plan, false);
  command->add_flag("--hex", a->hex, "The input is hexadecimal digits; white space is skipped");
  command->add_flag("--bytes", a->text.bytes, "Show all bytes of each message, too");
  command->add_flag("--old-binary", a->text.old_binary,
                    "Look for Thrift Binary without a version, which can be mistaken for others");
  command->add_option("input", a->input, "Input file; standard input without it")
      ->type_name("FILE");
  command->callback([a, &status] { status = run(*a); });
}

}  // namespace wirejit::tools

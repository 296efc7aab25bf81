// wirejit convert: one message of one type from one format to another, or a stream of them.
#include "arguments.h"
#include "commands.h"
#include "convert_stream.h"
#include "files.h"
#include "progress.h"
#include "report.h"

#include <memory>

namespace wirejit::tools {
namespace {

struct Arguments {
  CodecArguments codec;
  std::string input = "-";
  std::string output = "-";
  bool quiet = false;
  StreamArguments stream;
  bool has_max_input = false;
};

// Reports an error, unless the reader of the output has gone away, and returns the exit code.
Status fail(const Error& error) {
  if (error.code() != Errc::io || !error.message().empty()) {
    complain(error.code() == Errc::io ? error.message() : error.to_string());
  }
  return status_of(error.code());
}

Status run(const Arguments& a) {
  const Format from = *format_of(a.codec.from, a.codec);
  const Format to = *format_of(a.codec.to, a.codec);
  const Engine engine(a.codec.engine.options);
  const Result<Transcoder> transcoder = load_transcoder(a.codec, engine);
  if (!transcoder) {
    return status_of(transcoder.error().code());
  }
  if (a.stream.from) {
    constexpr std::size_t usual = StreamOptions{}.message_bytes;
    return convert_stream(
        {.transcoder = *transcoder,
         .call = a.codec.call,
         .stream = a.stream,
         .from = from,
         .to = to,
         .is_indented = a.codec.pretty || a.codec.json.indent != 0,
         .message_bytes = a.has_max_input ? a.codec.call.limits.input_bytes : usual,
         .input = a.input,
         .output = a.output,
         .quiet = a.quiet});
  }
  Progress progress(a.quiet ? Progress::Kind::off : Progress::Kind::automatic);
  const Result<std::vector<std::uint8_t>> input = read_input(a.input, progress);
  if (!input) {
    return fail(input.error());
  }
  Buffer out;
  Result<void> done;
  progress.during("converting", input->size(),
                  [&] { done = transcoder->transcode(*input, out, a.codec.call); });
  if (!done) {
    complain(describe_error(done.error(), shown_input(a.input), *input, from.is_text()));
    return status_of(done.error().code());
  }
  if (a.output == "-" && to.is_text() && stdout_is_terminal() && !out.text().ends_with('\n')) {
    (void)out.append(as_bytes("\n"));
  }
  if (Result<void> written = write_output(a.output, out.bytes(), progress); !written) {
    return fail(written.error());
  }
  return Status::ok;
}

}  // namespace

void add_convert(CLI::App& app, Status& status) {
  const auto a = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("convert", "Convert one message, or a stream of them, to another format");
  command->footer(std::string("Example: wirejit convert --schema orders.thrift --type Order "
                              "--from json --to thrift-binary -o order.bin order.json\n\n") +
                  status_help);
  add_codec(*command, a->codec, false);
  add_target(*command, a->codec);
  add_stream(*command, a->stream);
  command->add_option("-o,--output", a->output, "Output file; standard output without it")
      ->type_name("FILE");
  command->add_flag("-q,--quiet", a->quiet, "No progress on the terminal");
  command->add_option("input", a->input, "Input file; standard input without it")
      ->type_name("FILE");
  command->callback([a, command, &status] {
    a->has_max_input = command->count("--max-input") != 0;
    status = run(*a);
  });
}

}  // namespace wirejit::tools

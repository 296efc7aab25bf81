// Streams of messages from one format to another.
#include "convert_stream.h"

#include "files.h"
#include "progress.h"
#include "report.h"

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace wirejit::tools {
namespace {

constexpr std::uint64_t errors_shown = 10;

std::optional<Framing> framing_of(std::string_view name) {
  for (const Framing framing : {Framing::ndjson, Framing::delimited, Framing::framed}) {
    if (to_string(framing) == name) {
      return framing;
    }
  }
  return std::nullopt;
}

void parse_framings(const std::string& text, StreamArguments& arguments) {
  const std::size_t colon = text.find(':');
  arguments.from = framing_of(text.substr(0, colon));
  arguments.to = colon == std::string::npos ? arguments.from : framing_of(text.substr(colon + 1));
  if (!arguments.from || !arguments.to) {
    throw CLI::ValidationError("--stream",
                               "'" + printable(text) +
                                   "' is not ndjson, delimited or framed, nor two of them such as "
                                   "delimited:ndjson, for the input and for the output");
  }
}

// Why lines cannot hold the messages, or an empty text.
std::string misfit(const StreamJob& job) {
  const auto lines_of = [](std::string_view side, const Format& format) {
    return "--stream: lines (ndjson) can hold text alone, and --" + std::string(side) + " " +
           std::string(format.name()) +
           " is none; name a framing for each side, such as delimited:ndjson";
  };
  if (*job.stream.from == Framing::ndjson && !job.from.is_text()) {
    return lines_of("from", job.from);
  }
  if (*job.stream.to == Framing::ndjson && !job.to.is_text()) {
    return lines_of("to", job.to);
  }
  if (*job.stream.to == Framing::ndjson && job.is_indented) {
    return "--stream: a message of ndjson is one line: leave out --pretty and --indent";
  }
  return {};
}

class Conversion {
 public:
  Conversion(const StreamJob& job, StreamSource source, StreamSink sink, const bool& reader_gone)
      : job_(job),
        source_(std::move(source)),
        writer_(std::move(sink), *job.stream.to),
        reader_([this](std::span<std::uint8_t> to) { return read(to); }, *job.stream.from,
                {.message_bytes = job.message_bytes}),
        reader_gone_(reader_gone),
        progress_(job.quiet ? Progress::Kind::off : Progress::Kind::automatic) {}
  Conversion(const Conversion&) = delete;
  Conversion& operator=(const Conversion&) = delete;

  Status run() {
    progress_.begin("converting", input_size(job_.input));
    Status status = Status::ok;
    while (status == Status::ok) {
      const Result<std::optional<StreamMessage>> next = reader_.next();
      if (!next && reader_.broken() && !writer_.flush()) {
        break;  // it is the output that failed, in read()
      }
      if (!next) {
        status = skip(next.error(), {}, reader_.broken());
      } else if (!*next) {
        break;
      } else {
        status = convert(**next);
      }
      progress_.advance(static_cast<std::size_t>(reader_.offset()));
    }
    if (Result<void> written = writer_.close(); !written) {
      return fail(written.error());  // also where an earlier call has failed for it
    }
    progress_.end();
    return skipped_ == 0 ? status : tell_skipped(status);
  }

 private:
  // Input may come slowly: what is known of it goes out before more is waited for.
  Result<std::size_t> read(std::span<std::uint8_t> to) {
    if (Result<void> done = writer_.flush(); !done) {
      return std::unexpected(std::move(done.error()));
    }
    return source_.read(to);
  }

  Status convert(const StreamMessage& message) {
    if (Result<void> done = job_.transcoder.transcode(message.bytes, writer_.message(), job_.call);
        !done) {
      const bool is_text = job_.from.is_text();
      const std::size_t at = done.error().offset();
      const std::string window =
          at > message.bytes.size() ? std::string()
          : is_text ? text_window(message.bytes, at, std::max<std::uint64_t>(message.line, 1))
                    : hex_window(message.bytes, at, message.offset);
      return skip(message.locate(done.error()), window, false);
    }
    if (Result<void> written = writer_.finish(); !written) {
      return writer_.flush() ? skip(written.error(), {}, false) : Status::io;
    }
    return Status::ok;
  }

  // Reports a message that cannot be converted. ok: the next one may be.
  Status skip(const Error& error, const std::string& window, bool is_end) {
    const Status status = status_of(error.code());
    if (status == Status::io) {
      return fail(error);
    }
    const bool goes_on = job_.stream.skip_errors && status == Status::data && !is_end;
    if (!goes_on || skipped_ < errors_shown) {
      progress_.end();
      complain(printable(shown_input(job_.input) + ": " + error.to_string()) + "\n" + window);
    }
    skipped_ += goes_on ? 1 : 0;
    return goes_on ? Status::ok : status;
  }

  Status tell_skipped(Status status) {
    const std::uint64_t all = reader_.messages();
    complain(printable(shown_input(job_.input)) + ": skipped " + std::to_string(skipped_) + " of " +
             std::to_string(all) + (all == 1 ? " message" : " messages") +
             (skipped_ > errors_shown
                  ? "; the first " + std::to_string(errors_shown) + " errors are shown"
                  : ""));
    return status == Status::ok ? Status::data : status;
  }

  // Nothing is said if the reader of the output has gone away.
  Status fail(const Error& error) {
    progress_.end();
    if (!reader_gone_) {
      complain(error.message());
    }
    return status_of(error.code());
  }

  const StreamJob& job_;
  StreamSource source_;
  StreamWriter writer_;
  StreamReader reader_;
  const bool& reader_gone_;
  Progress progress_;
  std::uint64_t skipped_ = 0;
};

}  // namespace

void add_stream(CLI::App& app, StreamArguments& arguments) {
  constexpr const char* group = "Streams";
  CLI::Option* stream =
      app.add_option_function<std::string>(
             "--stream", [&arguments](const std::string& text) { parse_framings(text, arguments); },
             "Convert all messages of a stream, each of them a line (ndjson), or with its length "
             "before it as Protobuf (delimited) or Thrift (framed) writes it; two such as "
             "delimited:ndjson where the output differs. --max-input limits a message: 64M without "
             "it")
          ->type_name("ndjson|delimited|framed[:OUT]")
          ->group(group);
  app.add_flag("--skip-errors", arguments.skip_errors,
               "Leave out messages that cannot be converted, and count them; the exit code is 1 if "
               "there are any")
      ->needs(stream)
      ->group(group);
}

Status convert_stream(const StreamJob& job) {
  if (const std::string why = misfit(job); !why.empty()) {
    complain(why);
    return Status::usage;
  }
  if (is_same_file(job.input, job.output)) {
    complain("--stream: the output " + printable(job.output) + " is the input, too");
    return Status::usage;
  }
  Result<StreamSource> source = open_source(job.input);
  if (!source) {
    complain(source.error().message());
    return status_of(source.error().code());
  }
  bool reader_gone = false;
  Result<StreamSink> sink = open_sink(job.output, reader_gone);
  if (!sink) {
    complain(sink.error().message());
    return status_of(sink.error().code());
  }
  return Conversion(job, *std::move(source), *std::move(sink), reader_gone).run();
}

}  // namespace wirejit::tools

// wirejit bench: how fast one message is converted, by machine code and by the interpreter.
#include "arguments.h"
#include "commands.h"
#include "files.h"
#include "progress.h"
#include "report.h"
#include "table.h"

#include <wirejit/record_codec.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>

namespace wirejit::tools {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

struct Arguments {
  CodecArguments codec;
  std::string input = "-";
  double seconds = 1;
};

// A conversion to measure. Its output memory is reused from call to call.
struct Work {
  std::string name;
  std::size_t bytes = 0;  // of the wire format that speeds refer to
  CodecInfo info;
  std::function<Result<void>()> run;
};

// The three conversions of one engine: format to format, format to record, record to format.
class EngineBench {
 public:
  static Result<std::unique_ptr<Lane>> make(const TypeRef& root, const Arguments& a,
                                            const EngineOptions& options, Bytes input) {
    auto lane = std::unique_ptr<Lane>(new Lane(options, a.codec.call, input));
    const Clock::time_point begin = Clock::now();
    if (Result<void> done = bench->compile(root, a); !done) {
      return std::unexpected(std::move(done.error()));
    }
    bench->compiling_ = Clock::now() - begin;
    if (Result<void> done = bench->prepare(); !done) {
      return std::unexpected(std::move(done.error()));
    }
    return bench;
  }

  [[nodiscard]] const Engine& engine() const noexcept { return engine_; }
  [[nodiscard]] Seconds compiling() const noexcept { return compiling_; }
  [[nodiscard]] CodecInfo info() const { return transcoder_->info(); }

  [[nodiscard]] std::vector<Work> works(const Arguments& a) {
    return {{a.codec.from + " -> " + a.codec.to, input_.size(), transcoder_->info(),
             [this] {
               out_.clear();
               return transcoder_->transcode(input_, out_, call_);
             }},
            {a.codec.from + " -> record", input_.size(), source_->decoder().info(),
             [this]() -> Result<void> {
               arena_.reset();
               Result<Value> value = source_->decode_value(input_, arena_, call_);
               if (!value) {
                 return std::unexpected(std::move(value.error()));
               }
               return {};
             }},
            {"record -> " + a.codec.to, encoded_, target_->encoder().info(), [this] {
               out_.clear();
               return target_->encode(kept_, out_, call_);
             }}};
  }

 private:
  Lane(const EngineOptions& options, const CallOptions& call, Bytes input)
      : engine_(options), call_(call), input_(input) {}

  Result<void> compile(const TypeRef& root, const Arguments& a) {
    const Format from = *format_of(a.codec.from, a.codec);
    const Format to = *format_of(a.codec.to, a.codec);
    Result<Transcoder> transcoder = engine_.transcoder(root, from, to, a.codec.options);
    if (!transcoder) {
      return std::unexpected(std::move(transcoder.error()));
    }
    transcoder_.emplace(std::move(*transcoder));
    Result<RecordType> type = RecordType::make(root);
    if (!type) {
      return std::unexpected(std::move(type.error()));
    }
    for (auto [format, codec] : {std::pair(&from, &source_), std::pair(&to, &target_)}) {
      Result<RecordCodec> made = engine_.record_codec(*type, *format, a.codec.options);
      if (!made) {
        return std::unexpected(std::move(made.error()));
      }
      codec->emplace(std::move(*made));
    }
    return {};
  }

  // Decodes the record that is encoded.
  Result<void> prepare() {
    Result<Value> value = source_->decode_value(input_, kept_arena_, call_);
    if (!value) {
      return std::unexpected(std::move(value.error()));
    }
    kept_ = *value;
    Result<void> done = target_->encode(kept_, out_, call_);
    encoded_ = out_.size();
    return done;
  }

  Engine engine_;
  CallOptions call_;
  Bytes input_;
  Seconds compiling_{};
  std::optional<Transcoder> transcoder_;
  std::optional<RecordCodec> source_;
  std::optional<RecordCodec> target_;
  Arena arena_;
  Arena record_arena_;
  Value record_;
  Buffer out_;
  std::size_t encoded_ = 0;
};

// Seconds of one call: the median of batches that are long enough to be timed.
Result<double> measure(const Work& work, double budget) {
  std::size_t batch = 1;
  for (;;) {
    const Clock::time_point begin = Clock::now();
    for (std::size_t i = 0; i < batch; ++i) {
      if (Result<void> done = work.run(); !done) {
        return std::unexpected(std::move(done.error()));
      }
    }
    if (Seconds(Clock::now() - begin).count() > std::min(0.01, budget / 20) ||
        batch > (std::size_t{1} << 30)) {
      break;
    }
    batch *= 2;
  }
  std::vector<double> times;
  const Clock::time_point start = Clock::now();
  while (times.size() < 3 || Seconds(Clock::now() - start).count() < budget) {
    const Clock::time_point begin = Clock::now();
    for (std::size_t i = 0; i < batch; ++i) {
      (void)work.run();
    }
    times.push_back(Seconds(Clock::now() - begin).count() / static_cast<double>(batch));
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                   times.end());
  return times[times.size() / 2];
}

std::string fixed(double value, const char* format) {
  std::array<char, 64> text{};
  (void)std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string speed(std::size_t bytes, double seconds) {
  return fixed(static_cast<double>(bytes) / seconds / 1e6, "%.0f MB/s");
}

std::string time_of(double seconds) {
  return seconds < 1e-6   ? fixed(seconds * 1e9, "%.0f ns")
         : seconds < 1e-3 ? fixed(seconds * 1e6, "%.1f us")
                          : fixed(seconds * 1e3, "%.2f ms");
}

bool has_machine_code(const CodecInfo& info) { return info.interpreted_routines < info.routines; }

// A line for each codec that is interpreted, in part or as a whole, though the engine generates code:
// its speed is not that of machine code.
std::string interpreted_lines(const std::vector<Work>& works) {
  std::string text;
  for (const Work& work : works) {
    if (!work.info.machine_code) {
      text += work.name + ": " + std::to_string(work.info.interpreted_routines) + " of " +
              std::to_string(work.info.routines) +
              " routines are interpreted, as they are too large for machine code\n";
    }
  }
  return text;
}

std::string compiled_line(const EngineBench& bench) {
  const CodecInfo info = bench.info();
  std::string text = "engine: " + bench.engine().describe() + "\ncompiled in " +
                     time_of(bench.compiling().count()) +
                     " (three codecs); the conversion: " + std::to_string(info.routines) +
                     " routines, " + std::to_string(info.ops) + " ops";
  if (has_machine_code(info)) {
    text += ", " + std::to_string(info.instructions) + " instructions, " +
            std::to_string(info.code_bytes) + " bytes";
  }
  return text + "\n";
}

Result<std::string> table_of(EngineBench* fast, EngineBench& slow, const Arguments& a) {
  using Align = Table::Align;
  Table table({Align::left, Align::right, Align::right, Align::right, Align::right, Align::right});
  if (fast != nullptr) {
    table.row({"conversion", "bytes", "machine code", "", "interpreter", "ratio"});
  } else {
    table.row({"conversion", "bytes", "interpreter", ""});
  }
  std::vector<Work> quick = fast != nullptr ? fast->works(a) : std::vector<Work>();
  const std::vector<Work> steady = slow.works(a);
  const double budget = a.seconds / static_cast<double>(steady.size() + quick.size());
  for (std::size_t i = 0; i < steady.size(); ++i) {
    const Result<double> interpreted = measure(steady[i], budget);
    if (!interpreted) {
      return std::unexpected(interpreted.error());
    }
    std::vector<std::string> row{steady[i].name, std::to_string(steady[i].bytes)};
    if (fast != nullptr) {
      const Result<double> time = measure(quick[i], budget);
      if (!time) {
        return std::unexpected(time.error());
      }
      row.insert(row.end(), {speed(quick[i].bytes, *time), time_of(*time)});
      row.insert(row.end(),
                 {speed(steady[i].bytes, *interpreted), fixed(*interpreted / *time, "%.1f x")});
    } else {
      row.insert(row.end(), {speed(steady[i].bytes, *interpreted), time_of(*interpreted)});
    }
    table.row(std::move(row));
  }
  return table.to_string();
}

Status fail(const Error& error, const Arguments& a, Bytes input) {
  complain(status_of(error.code()) == Status::data
               ? describe_error(error, shown_input(a.input), input,
                                format_of(a.codec.from, a.codec)->is_text())
               : error.to_string());
  return status_of(error.code());
}

Status run(const Arguments& a) {
  const Result<TypeRef> root = load_root(a.codec);
  if (!root) {
    return status_of(root.error().code());
  }
  Progress progress(Progress::Kind::automatic);
  const Result<std::vector<std::uint8_t>> input = read_input(a.input, progress);
  if (!input) {
    complain(input.error().message());
    return status_of(input.error().code());
  }
  EngineOptions interpret = a.codec.engine.options;
  interpret.kind = EngineOptions::Kind::interpret;
  auto slow = EngineBench::make(*root, a, interpret, *input);
  if (!slow) {
    return fail(slow.error(), a, *input);
  }
  auto fast = EngineBench::make(*root, a, a.codec.engine.options, *input);
  if (!fast) {
    return fail(fast.error(), a, *input);
  }
  EngineBench* const compiled = has_machine_code((*fast)->info()) ? fast->get() : nullptr;
  const Result<std::string> table = table_of(compiled, **slow, a);
  if (!table) {
    return fail(table.error(), a, *input);
  }
  std::string head = compiled_line(**fast);
  if ((*fast)->engine().generates_code()) {
    head += interpreted_lines((*fast)->works(a));
  }
  return write_stdout(head + *table) ? Status::ok : Status::io;
}

}  // namespace

void add_bench(CLI::App& app, Status& status) {
  const auto a = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("bench", "Measure a conversion, by machine code and by the interpreter");
  command->footer(
      std::string("Speeds refer to the bytes of the wire format read (or, from records, written);\n"
                  "1 MB is 1,000,000 bytes. Each figure is the median of repeated runs.\n\n") +
      status_help);
  add_codec(*command, a->codec, false);
  command->add_option("--seconds", a->seconds, "Time to measure for, in all")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 600.0).description(""));
  command->add_option("input", a->input, "Input file; standard input without it")
      ->type_name("FILE");
  command->callback([a, &status] { status = run(*a); });
}

}  // namespace wirejit::tools

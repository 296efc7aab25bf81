// wirejit dump: the Program of a codec, or its machine code.
#include "arguments.h"
#include "commands.h"
#include "files.h"
#include "report.h"

#include <wirejit/doctor.h>
#include <wirejit/record_codec.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace wirejit::tools {
namespace {

struct Arguments {
  CodecArguments codec;
  bool program = false;
  std::string cpu;
};

Result<std::string> listing(const CodecBase& codec, const Arguments& a) {
  return a.cpu.empty() ? codec.dump_program() : codec.dump_code(a.cpu);
}

Result<std::string> record_listing(const Arguments& a, const Engine& engine, const TypeRef& root,
                                   const std::optional<Format>& from,
                                   const std::optional<Format>& to) {
  const Result<RecordType> type = RecordType::make(root);
  if (!type) {
    return std::unexpected(type.error());
  }
  const Result<RecordCodec> codec = engine.record_codec(*type, from ? *from : *to, a.codec.options);
  if (!codec) {
    return std::unexpected(codec.error());
  }
  return listing(from ? codec->decoder() : codec->encoder(), a);
}

// Complains where it fails.
Result<std::string> make_listing(const Arguments& a) {
  const Engine engine(a.codec.engine.options);
  const std::optional<Format> from = format_of(a.codec.from, a.codec);
  const std::optional<Format> to = format_of(a.codec.to, a.codec);
  Result<std::string> text;
  if (from && to) {
    const Result<Transcoder> transcoder = load_transcoder(a.codec, engine);
    if (!transcoder) {
      return std::unexpected(transcoder.error());
    }
    text = listing(*transcoder, a);
  } else {
    const Result<TypeRef> root = load_root(a.codec);
    if (!root) {
      return std::unexpected(root.error());
    }
    text = record_listing(a, engine, *root, from, to);
  }
  if (!text) {
    complain(text.error().to_string());
  }
  return text;
}

Status run(Arguments& a) {
  const bool from_record = a.codec.from == record_name;
  const bool to_record = a.codec.to == record_name;
  if (from_record && to_record) {
    complain("dump: one of --from and --to must be a wire format");
    return Status::usage;
  }
  if ((from_record || to_record) &&
      (!a.codec.target.path.empty() || !a.codec.target.type.empty())) {
    complain("dump: a record has one schema; --to-schema and --to-type are for two wire formats");
    return Status::usage;
  }
  a.codec.options.debug.comments = true;
  const Result<std::string> text = make_listing(a);
  if (!text) {
    return status_of(text.error().code());
  }
  const Result<void> written = write_stdout(*text);
  return written ? Status::ok : Status::io;
}

}  // namespace

void add_dump(CLI::App& app, Status& status) {
  const auto a = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("dump", "Show the Program of a codec, or its machine code");
  command->footer(std::string("Example: wirejit dump --schema orders.thrift --type Order "
                              "--from json --to record --cpu host\n\n") +
                  status_help);
  add_codec(*command, a->codec, true);
  add_target(*command, a->codec);
  std::vector<std::string> cpus = listed_cpus();
  cpus.emplace_back("host");
  std::string choices;
  for (const std::string& cpu : cpus) {
    choices += (choices.empty() ? "" : "|") + cpu;
  }
  CLI::Option* program = command->add_flag("--program", a->program, "The Program (the default)");
  command
      ->add_option("--cpu", a->cpu,
                   "The machine code for a CPU, whether or not it is this machine's")
      ->check(CLI::IsMember(cpus).description(""))
      ->type_name(choices)
      ->excludes(program);
  command->callback([a, &status] { status = run(*a); });
}

}  // namespace wirejit::tools

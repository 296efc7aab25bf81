// wirejit doctor: what this machine and this build support.
#include "arguments.h"
#include "commands.h"
#include "files.h"
#include "json_out.h"

#include <wirejit/doctor.h>

#include <algorithm>
#include <memory>

namespace wirejit::tools {
namespace {

struct Arguments {
  EngineArguments engine;
  bool json = false;
};

Status run(const Arguments& a) {
  std::vector<Finding> findings = examine();
  const Engine engine(a.engine.options);
  for (Finding& f : findings) {
    if (f.name == "engine") {
      f.value = engine.describe();
    }
  }
  std::string text;
  if (a.json) {
    JsonOut out;
    out.open('{');
    for (const Finding& f : findings) {
      out.member(f.name, f.value);
    }
    out.close('}');
    text = out.take();
  } else {
    std::size_t width = 0;
    for (const Finding& f : findings) {
      width = std::max(width, f.name.size());
    }
    for (const Finding& f : findings) {
      text += f.name + std::string(width + 2 - f.name.size(), ' ') + f.value + "\n";
    }
  }
  if (!write_stdout(text)) {
    return Status::io;
  }
  const bool denied = a.engine.options.kind == EngineOptions::Kind::jit && !engine.generates_code();
  return denied ? Status::machine : Status::ok;
}

}  // namespace

void add_doctor(CLI::App& app, Status& status) {
  const auto a = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("doctor", "Show CPU, executable memory, versions, and the engine in use");
  command->footer(
      std::string("With --engine jit the exit code tells whether machine code can run here.\n\n") +
      status_help);
  add_engine(*command, a->engine);
  command->add_flag("--json", a->json, "As a JSON object");
  command->callback([a, &status] { status = run(*a); });
}

}  // namespace wirejit::tools

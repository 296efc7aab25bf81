// The commands of `wirejit`, one file each.
// Entry: add_*: each adds a subcommand that, when chosen, runs and leaves its exit code in
// `status`.
#pragma once

#include "status.h"

#include <CLI/CLI.hpp>

namespace wirejit::tools {

void add_convert(CLI::App& app, Status& status);
void add_describe(CLI::App& app, Status& status);
void add_print(CLI::App& app, Status& status);
void add_diff(CLI::App& app, Status& status);
void add_dump(CLI::App& app, Status& status);
void add_bench(CLI::App& app, Status& status);
void add_call(CLI::App& app, Status& status);
void add_serve(CLI::App& app, Status& status);
void add_frame(CLI::App& app, Status& status);
void add_doctor(CLI::App& app, Status& status);

}  // namespace wirejit::tools

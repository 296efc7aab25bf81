// wirejit: convert, inspect and measure data that a schema describes.
// Entry: main. Invariant: ends with one of the exit codes of status.h, whatever the input.
#include "commands.h"
#include "report.h"
#include "status.h"

#include <wirejit/version.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string>

namespace {

using wirejit::tools::Status;

Status run(int argc, char** argv) {
  CLI::App app(
      "Converts between data formats with codecs that are compiled from a schema on the spot.",
      "wirejit");
  Status status = Status::ok;
  app.set_version_flag("--version", "wirejit " + std::string(wirejit::version_string));
  app.require_subcommand(1);
  app.footer(wirejit::tools::status_help);
  wirejit::tools::add_convert(app, status);
  wirejit::tools::add_describe(app, status);
  wirejit::tools::add_print(app, status);
  wirejit::tools::add_diff(app, status);
  wirejit::tools::add_dump(app, status);
  wirejit::tools::add_bench(app, status);
  wirejit::tools::add_call(app, status);
  wirejit::tools::add_serve(app, status);
  wirejit::tools::add_frame(app, status);
  wirejit::tools::add_doctor(app, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? Status::ok : Status::usage;  // 0: --help and the like
  }
  return status;
}

// A file that is opened must not get the number of a standard stream that is closed. What stands there
// instead can neither be read as input nor written as output.
void fill_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) == -1 && errno == EBADF) {
      (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  fill_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);  // a write fails instead, if the reader has gone away
  Status status = Status::machine;
  try {
    status = run(argc, argv);
  } catch (const std::bad_alloc&) {
    (void)std::fputs("wirejit: out of memory\n", stderr);
  } catch (const std::exception& e) {
    (void)std::fprintf(stderr, "wirejit: a defect: %s\n", e.what());
  }
  return static_cast<int>(status);
}

/// @file
/// What this machine and this build offer: for bug reports and for `wirejit doctor`. Entry:
/// examine. Invariant: reports only; nothing is changed but for one small trial of executable
/// memory, which is unmapped at once.
///
///     for (const wirejit::Finding& finding : wirejit::examine()) {
///       std::cout << finding.name << ": " << finding.value << "\n";
///     }
#pragma once

#include <string>
#include <vector>

namespace wirejit {

/// One line of a report. Names are stable; new ones may come.
struct Finding {
  std::string name;   ///< "cpu", "executable memory", ...
  std::string value;  ///< for people
};

/// The findings, in this order: wirejit and compiler (versions), code generator (name, version, and
/// the CPUs that it knows), cpu, cpu features (of those that kernels make use of), kernels (the
/// level in use), page size, executable memory (the means, and which of all work), environment (the
/// variables that wirejit reads), engine (what a default Engine does here, and why). Thread-safe.
[[nodiscard]] std::vector<Finding> examine();

/// The CPUs whose machine code CodecBase::dump_code lists, by their names there. Thread-safe.
[[nodiscard]] std::vector<std::string> listed_cpus();

}  // namespace wirejit

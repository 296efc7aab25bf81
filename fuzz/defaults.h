// Checks a schema that a fuzzer made: its types compile, and their defaults come back.
// Entry: check_defaults.
#pragma once

#include <wirejit/codec.h>
#include <wirejit/schema.h>

#include <initializer_list>

namespace wirejit::fuzz {

// Each of the first types compiles for each format or is rejected with an error; a record with its
// defaults is written and read. Ends the process otherwise.
void check_defaults(const Schema& schema, std::initializer_list<Format> formats);

}  // namespace wirejit::fuzz

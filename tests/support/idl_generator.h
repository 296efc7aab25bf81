// Random Thrift IDL that both families of compilers accept, for tests, fuzz seeds and benchmarks.
// Entry: generate_idl. Invariant: the same seed and shape give the same text on every machine.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace wirejit::test {

struct IdlShape {
  int structs = 40;      // per file, unions and exceptions among them
  int fields = 10;       // at most, per struct
  int enums = 6;         // per file
  int typedefs = 8;      // per file
  int constants = 15;    // per file
  int services = 3;      // per file
  int includes = 2;      // files that the main one includes
  bool defaults = true;  // of fields
  bool annotations = true;
  bool implicit_ids = true;
};

struct GeneratedIdl {
  std::string main;                          // a key of `files`
  std::map<std::string, std::string> files;  // file name to text
};

[[nodiscard]] GeneratedIdl generate_idl(std::uint64_t seed, const IdlShape& shape = {});

// A benchmark's file: `structs` structs of `fields` fields of mixed types.
[[nodiscard]] std::string plain_idl(int structs, int fields);

}  // namespace wirejit::test

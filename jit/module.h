// Module: the routines of one (schema type, reader, writer, options), their path nodes, what they
// refer to, and the slot table through which they call each other. Entry: Engine::compile makes it.
// Invariant: immutable once made, but for the slots, which are published atomically.
#pragma once

#include "jit/program.h"

#include <wirejit/buffer.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace wirejit {
struct StructType;
struct Type;
}  // namespace wirejit

namespace wirejit::jit {

struct DecodedProgram;  // a Program predecoded for the interpreter (interpret.h)
class Code;             // generated machine code (code_space.h); frees itself

// A routine's entry as seen by generated code: pinned registers in place, returns 1 or 0 in t0.
using Entry = const void*;

// A step of a field path. Node 0 is the root of the first routine; each other one has a root of its
// own. What nodes point to lies in the schema, which the module keeps.
struct PathNode {
  enum class What : std::uint8_t { root, field, element, key, value } what = What::root;
  std::uint32_t parent = 0;
  std::string_view name;                  // of a field
  const Type* type = nullptr;             // of the value; null: not known (a routine's root)
  const StructType* structure = nullptr;  // of a struct's value: whose fields are steps of the path
};

class Module {
 public:
  Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  ~Module();

  std::vector<Program> programs;        // [0] is the entry routine
  std::vector<DecodedProgram> decoded;  // of the programs, in their order
  std::vector<PathNode> nodes;
  std::vector<std::shared_ptr<const void>>
      keeps;                         // what programs point to: schemas, layouts, key tables
  std::shared_ptr<const Code> code;  // null: interpreted

  // Slot k: the entry of routine k for generated code; null where there is no generated code at
  // all.
  std::unique_ptr<std::atomic<Entry>[]> slots;

  std::vector<Bytes> constants;  // bytes in `keeps` that programs write

  // The image of routine k that keeps an account of the path: made when a failed call first enters
  // the routine, and kept. Null for lack of memory. Thread-safe; takes no lock.
  [[nodiscard]] const DecodedProgram* traced(std::size_t k) const noexcept;

 private:
  using TracedProgram = std::atomic<const DecodedProgram*>;
  mutable std::atomic<TracedProgram*> traced_{nullptr};  // one a routine, made by the first failure
};

}  // namespace wirejit::jit

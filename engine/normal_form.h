// Calls on the normal form of their input, in which no field occurs twice.
// Entry: with_normal_form, with_kept_normal_form. Invariant: the normal form is charged to the
// call's memory.
#pragma once

#include "engine/call.h"
#include "lower/format.h"
#include "lower/options.h"

#include <wirejit/buffer.h>
#include <wirejit/error.h>
#include <wirejit/schema.h>

namespace wirejit::engine {

// The format, type and options by which an input is read.
struct Source {
  const lower::FormatImpl& format;
  const Type& type;
  const lower::CompileOptions& options;

  [[nodiscard]] bool has_normal_form() const noexcept {
    return format.has_normal_form() && type.kind == Kind::structure;
  }
};
[[nodiscard]] inline Source source_of(const Compiled& c) noexcept {
  return {*c.source, *c.type, c.options};
}

// Returns the call with the normal form of its input, which `storage` holds.
[[nodiscard]] Result<Call> with_normal_form(const Call& call, const Source& source,
                                            Buffer& storage);

// The same for a call that decodes an object: the arena holds the normal form, as views of the
// object may point into it. If there is no arena, `storage` holds it.
[[nodiscard]] Result<Call> with_kept_normal_form(const Call& call, Buffer& storage);

}  // namespace wirejit::engine

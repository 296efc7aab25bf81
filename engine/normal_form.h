// A call with its input in normal form: what a source's other form is, in which no field comes
// again. Entry: with_normal_form, with_kept_normal_form. Invariant: what it takes is charged to the
// call's memory.
#pragma once

#include "engine/call.h"
#include "lower/format.h"
#include "lower/options.h"

#include <wirejit/buffer.h>
#include <wirejit/error.h>
#include <wirejit/schema.h>

namespace wirejit::engine {

// How an input is to be understood.
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

// The call with its input in normal form, which `own` holds, and which takes of the call's memory.
[[nodiscard]] Result<Call> with_normal_form(const Call& call, const Source& source, Buffer& own);

// The same for an object that lives on: views of it may point into the normal form, so that is kept
// by the arena. `own` holds it if there is none.
[[nodiscard]] Result<Call> with_kept_normal_form(const Call& call, Buffer& own);

}  // namespace wirejit::engine

// One Program being made: its builder, its failures and what it refers to. Entry: Lowering.
// Invariant: what a Program points at lives as long as its Module.
#pragma once

#include "jit/module.h"
#include "jit/program_builder.h"
#include "lower/dynamic_transcoder.h"
#include "lower/node.h"
#include "lower/options.h"

#include <wirejit/error.h>
#include <wirejit/schema.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace wirejit::lower {

// Tables that the Programs of one Module refer to (names of keys, of enums, ...): each is made when
// first asked for.
class Constants {
 public:
  // Whether Programs reach the DynamicTranscoder.
  [[nodiscard]] bool uses_dynamic_transcoder() const noexcept { return uses_dynamic_transcoder_; }
  // The object of type T for `subject` and `variant`; `make` gives it as a shared_ptr.
  template <class T, class F>
  const T* get(jit::Module& module, const void* subject, int variant, F make) {
    const Key key{&type_tag<T>, subject, variant};
    if (const auto found = made_.find(key); found != made_.end()) {
      return static_cast<const T*>(found->second);
    }
    std::shared_ptr<const T> object = make();  // may ask for others
    const T* const made = object.get();
    module.keeps.push_back(std::move(object));
    made_.emplace(key, made);
    return made;
  }

 private:
  friend class Lowering;
  bool uses_dynamic_transcoder_ = false;
  template <class T>
  static constexpr char type_tag = 0;
  using Key = std::tuple<const void*, const void*, int>;
  std::map<Key, const void*> made_;
};

// Goes to `done` if the unknown fields, whose tag is in t2 where `tag` is 0, are not in the format
// `own`. A tag of 0 at run time: they were set by hand. t3 dies.
void skip_other_unknown(jit::Builder& b, std::uint64_t tag, std::uint64_t own, jit::Label done);

// Runs what `body` emits `count` times, which are known. `readable`: bytes that each time begins
// with.
void counted_loop(jit::Builder& b, const Count& count, std::int64_t readable,
                  const std::function<void()>& body);

// One Program being made: the builder, and what outlives it.
class Lowering {
 public:
  Lowering(std::string name, const CompileOptions& o, jit::Module& m, Constants& c)
      : b(std::move(name), o.debug.comments), options(o), module(m), constants_(c) {}

  jit::Builder b;
  const CompileOptions& options;
  jit::Module& module;
  std::int64_t inline_depth =
      0;  // inlined structs around this point: they use depth, but do not count it

  // Keeps `object` as long as the Module; programs may point to it.
  template <class T>
  const T* keep(std::shared_ptr<const T> object) {
    const T* p = object.get();
    module.keeps.push_back(std::move(object));
    return p;
  }
  // What is kept once for the Module: see Constants.
  template <class T, class F>
  const T* shared(const void* subject, int variant, F make) {
    return constants_.get<T>(module, subject, variant, std::move(make));
  }
  // The conversions of the Module, which the Program being made will use; null: there are none.
  [[nodiscard]] const DynamicTranscoder* dynamic_transcoder() {
    constants_.uses_dynamic_transcoder_ = true;
    return options.dynamic_transcoder;
  }
  // A label whose code, emitted later, fails with `code` at the cursor.
  jit::Label failure(Errc code);
  // The same, of a field of the struct at hand: the lowest bit of `bits` tells, from its field
  // 64 * word on.
  jit::Label failure_of_bit(Errc code, jit::Reg bits, unsigned word);
  // What `emit` emits has the path of a field of the struct at hand. Labels cost no machine code:
  // all failures of one code are one there.
  template <class F>
  void at_field(const Field& field, F&& emit) {
    const std::uint32_t outer = b.node();
    b.set_node(new_node(jit::PathNode::What::field, field.name, field.type));
    emit();
    b.set_node(outer);
  }
  // A step from the current node.
  std::uint32_t new_node(jit::PathNode::What what, std::string_view name, const Type* type);
  // Emits the failures that were asked for; after the last instruction of the routine.
  void emit_failures();
  // The format cannot express this type: compiling fails with Errc::unsupported.
  void unsupported(std::string why) {
    if (error_.empty()) {
      error_ = std::move(why);
    }
  }
  [[nodiscard]] const std::string& error() const { return error_; }
  // Code to be emitted after the straight line, before the failures.
  void later(std::function<void()> emit) { later_.push_back(std::move(emit)); }
  // The same at `label`, if anything branches to it; it carries the node of the place that asks.
  template <class F>
  void cold(jit::Label label, F make) {
    later([this, label, node = b.node(), make = std::move(make)] {
      if (b.is_used(label)) {
        b.set_node(node);
        b.bind(label);
        make();
      }
    });
  }
  void emit_later();

 private:
  Constants& constants_;
  struct Failure {
    Errc code;
    std::uint32_t node;
    jit::Label label;
    jit::Reg bits = jit::Reg::none;
    unsigned word = 0;
    friend bool operator==(const Failure&, const Failure&) = default;
  };
  jit::Label failure(Failure wanted);
  std::vector<Failure> failures_;
  std::string error_;
  std::vector<std::function<void()>> later_;
};

}  // namespace wirejit::lower

// What the macro assemblers share: asmjit's holder, its errors, its listing, and the data after
// the code. Entry: MasmBase<Assembler>, from which each derives. Invariant: all code and data lie
// in one section and refer to each other relatively, so that the image needs no relocation.
#pragma once

#include "jit/masm.h"
#include "jit/masm_factory.h"

#include <asmjit/core.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstring>

namespace wirejit::jit {

// Keeps the first error; asmjit refuses all that follows.
class MasmErrors : public asmjit::ErrorHandler {
 public:
  void handleError(asmjit::Error code, const char*, asmjit::BaseEmitter*) override {
    if (first == asmjit::kErrorOk) {
      first = code;
    }
  }
  asmjit::Error first = asmjit::kErrorOk;
};

// Counts instructions.
template <class Assembler>
class CountingAssembler : public Assembler {
 public:
  using Operand = asmjit::Operand_;
  asmjit::Error _emit(asmjit::InstId id, const Operand& a, const Operand& b, const Operand& c,
                      const Operand* more) override {
    ++count;
    return Assembler::_emit(id, a, b, c, more);
  }
  std::size_t count = 0;
};

template <class Assembler>
class MasmBase : public Masm {
 public:
  CodeLabel new_label() final { return CodeLabel{a_.newLabel().id()}; }
  void bind(CodeLabel label) final { a_.bind(raw(label)); }
  std::size_t offset() const final { return a_.offset(); }
  std::size_t instructions() const final { return a_.count; }

  void comment(std::string_view text) final {
    if (listing_) {
      a_.comment(text.data(), text.size());
    }
  }

  bool ready() const final { return errors_.first == asmjit::kErrorOk; }

  Result<CodeImage> finish(std::size_t page_size) final {
    code_.setLogger(nullptr);
    CodeImage image;
    if (constants_.empty() && tables_.empty()) {
      image.data_begin = a_.offset();
    } else {
      pad(page_size);
      image.data_begin = a_.offset();
      write_data();
    }
    // Each step relies on those before.
    if (errors_.first == asmjit::kErrorOk) note(code_.flatten());
    if (errors_.first == asmjit::kErrorOk) note(code_.resolveUnresolvedLinks());
    if (errors_.first == asmjit::kErrorOk) note(code_.relocateToBase(0));
    if (errors_.first != asmjit::kErrorOk || code_.hasUnresolvedLinks() ||
        code_.hasRelocEntries()) {
      const bool memory = errors_.first == asmjit::kErrorOutOfMemory;
      return std::unexpected(Error(memory ? Errc::no_memory : Errc::internal,
                                   "cannot assemble, error " + std::to_string(errors_.first)));
    }
    image.bytes.resize(code_.codeSize());
    note(code_.copyFlattenedData(image.bytes.data(), image.bytes.size()));
    return image;
  }

  std::string listing() const final {
    return std::string(log_.data(), log_.dataSize()) + data_text_;
  }

 protected:
  MasmBase(asmjit::Arch arch, const MasmOptions& options) : listing_(options.listing) {
    note(code_.init(asmjit::Environment(arch)));
    code_.setErrorHandler(&errors_);
    if (listing_) {
      if (options.machine_code) {
        log_.addFlags(asmjit::FormatFlags::kMachineCode);
      }
      log_.setIndentation(asmjit::FormatIndentationGroup::kCode, 4);
      code_.setLogger(&log_);
    }
    note(code_.attach(&a_));
  }

  static asmjit::Label raw(CodeLabel label) {
    return asmjit::Label(static_cast<std::uint32_t>(label));
  }
  [[nodiscard]] virtual std::uint32_t trap()
      const = 0;  // four bytes of instructions that stop the process

  asmjit::CodeHolder code_;
  MasmErrors errors_;
  CountingAssembler<Assembler> a_;

 private:
  void note(asmjit::Error e) {
    if (errors_.first == asmjit::kErrorOk) {
      errors_.first = e;
    }
  }

  void pad(std::size_t to) {
    const std::size_t missing = (to - a_.offset() % to) % to;
    std::uint32_t filler = trap();
    const auto turn = static_cast<int>(8 * (a_.offset() % 4));
    filler = std::rotr(filler, turn);
    std::string padding(missing + sizeof filler, '\0');
    for (std::size_t i = 0; i < missing; i += sizeof filler) {
      std::memcpy(padding.data() + i, &filler, sizeof filler);
    }
    a_.embed(padding.data(), missing);
  }

  // The widest alignment first: the rest follows without gaps.
  void write_data() {
    for (const std::size_t unit : {std::size_t{16}, std::size_t{8}, std::size_t{4}}) {
      for (const Constant& c : constants_) {
        if (std::min<std::size_t>(c.bytes.size(), 16) == unit) {
          bind(c.label);
          a_.embed(c.bytes.data(), c.bytes.size());
          describe(c);
        }
      }
    }
    for (const Table& t : tables_) {
      bind(t.label);
      describe(t.label, "table");
      for (const CodeLabel target : t.targets) {
        a_.embedLabelDelta(raw(target), raw(t.label), 4);
        describe_target(target);
      }
    }
  }

  void describe(CodeLabel label, std::string_view text) {
    if (listing_) {
      data_text_ += "L" + std::to_string(static_cast<std::uint32_t>(label)) + ": ";
      data_text_ += text;
      data_text_ += "\n";
    }
  }

  void describe_target(CodeLabel target) {
    if (listing_) {
      data_text_ += "    L" + std::to_string(static_cast<std::uint32_t>(target)) + "\n";
    }
  }

  void describe(const Constant& c) {
    if (!listing_) {
      return;
    }
    if (!c.name.empty()) {
      return describe(c.label, c.name);
    }
    std::string text;
    for (const char ch : c.bytes) {
      char hex[4];
      std::snprintf(hex, sizeof hex, "%02x ", static_cast<unsigned char>(ch));
      text += hex;
    }
    text += " ";
    for (const char ch : c.bytes) {
      text += ch >= 0x20 && ch < 0x7f ? ch : '.';
    }
    describe(c.label, text);
  }

  bool listing_;
  asmjit::StringLogger log_;
  std::string data_text_;
};

}  // namespace wirejit::jit

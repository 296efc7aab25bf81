// The parser of Thrift IDL: recursive descent, one token ahead.
// Entry: parse_idl. Invariant: a parse function that returns false has reported why; its caller's
// recovery starts at the token at which it stopped. Every loop consumes a token or ends.
#include "thrift/idl_parser.h"

#include "thrift/idl_lexer.h"

#include <array>
#include <utility>

namespace wirejit::thrift {
namespace {

bool opens_declaration(Tok kind) {
  switch (kind) {
    case Tok::kw_const:
    case Tok::kw_typedef:
    case Tok::kw_enum:
    case Tok::kw_struct:
    case Tok::kw_union:
    case Tok::kw_exception:
    case Tok::kw_service:
    case Tok::kw_include:
    case Tok::kw_cpp_include:
    case Tok::kw_namespace: return true;
    default: return false;
  }
}

bool is_header(Tok kind) {
  return kind == Tok::kw_include || kind == Tok::kw_cpp_include || kind == Tok::kw_namespace;
}

Kind base_kind(Tok kind) {
  switch (kind) {
    case Tok::kw_bool: return Kind::boolean;
    case Tok::kw_byte:
    case Tok::kw_i8: return Kind::i8;
    case Tok::kw_i16: return Kind::i16;
    case Tok::kw_i32: return Kind::i32;
    case Tok::kw_i64: return Kind::i64;
    case Tok::kw_double: return Kind::float64;
    case Tok::kw_string: return Kind::string;
    case Tok::kw_binary: return Kind::binary;
    case Tok::kw_uuid: return Kind::uuid;
    case Tok::kw_list: return Kind::list;
    case Tok::kw_set: return Kind::set;
    case Tok::kw_map: return Kind::map;
    default: return Kind::void_;
  }
}

// What to write instead of a declaration that Thrift once had; empty for other words.
std::string_view replacement(std::string_view word) {
  static constexpr std::pair<std::string_view, std::string_view> removed[] = {
      {"senum", "'enum' or 'string' ('senum' was removed)"},
      {"slist", "'string' ('slist' was removed)"},
      {"cpp_namespace", "'namespace cpp'"},
      {"java_package", "'namespace java'"},
      {"csharp_namespace", "'namespace csharp'"},
      {"delphi_namespace", "'namespace delphi'"},
      {"php_namespace", "'namespace php'"},
      {"py_module", "'namespace py'"},
      {"perl_package", "'namespace perl'"},
      {"ruby_namespace", "'namespace rb'"},
      {"smalltalk_category", "'namespace smalltalk'"},
      {"smalltalk_prefix", "'namespace smalltalk.prefix'"},
      {"cocoa_prefix", "'namespace cocoa'"},
      {"xsd_namespace", "'namespace xsd'"},
      {"package", "'namespace' ('package' belongs to another dialect)"}};
  for (const auto& [old, now] : removed) {
    if (old == word) {
      return now;
    }
  }
  return {};
}

class Parser {
 public:
  Parser(const SourceFile& file, const IdlOptions& options, std::size_t& declarations,
         Reporter& reporter)
      : file_(file),
        options_(options),
        declarations_(declarations),
        reporter_(reporter),
        lexer_(file, options.family, reporter, ast_.strings) {}

  Ast run() {
    advance();
    if (is_header(token_.kind)) {
      ast_.doc = token_.doc;
    }
    while (!at_end()) {
      if (!definition()) {
        recover_declaration();
      }
    }
    return std::move(ast_);
  }

 private:
  // ---- Tokens and errors ----

  void advance() {
    if (token_.kind == Tok::punctuation) {
      const char c = token_.text[0];
      if (c == '{' || c == '(' || c == '[') {
        ++depth_;
      }
      if (c == '}' || c == ')' || c == ']') {
        --depth_;
      }
    }
    token_ = lexer_.next();
  }
  [[nodiscard]] bool at_end() const {
    return token_.kind == Tok::end || reporter_.full() || stopped_;
  }

  bool fail(Place place, std::string message) {
    reporter_.error(file_, place, std::move(message), Errc::schema_syntax);
    return false;
  }
  // Reports the token that was found instead of `expected`; returns false.
  bool unexpected(std::string_view expected) {
    if (token_.kind == Tok::bad) {
      return false;
    }
    return fail(token_.place, "found " + describe(token_) + ", expected " + std::string(expected));
  }

  bool accept(char c) {
    if (!token_.is(c)) {
      return false;
    }
    advance();
    return true;
  }
  bool expect(char c, std::string_view expected) {
    if (accept(c)) {
      return true;
    }
    return unexpected(expected);
  }
  bool accept(Tok kind) {
    if (token_.kind != kind) {
      return false;
    }
    advance();
    return true;
  }
  void separator() {
    if (token_.is(',') || token_.is(';')) {
      advance();
    }
  }

  // Counts one part of the tree; if there are too many, returns false, and parsing ends.
  bool charge() {
    if (declarations_ > 0) {
      --declarations_;
      return true;
    }
    if (!stopped_) {
      stopped_ = true;
      reporter_.error(file_, token_.place, "found more declarations than the limit allows",
                      Errc::size_limit);
    }
    return false;
  }

  // ---- Recovery ----

  void skip() {
    lexer_.quiet(true);
    advance();
    lexer_.quiet(false);
  }

  // Skips to the next word that opens a declaration: at the start of a line, or outside of
  // brackets.
  void recover_declaration() {
    ast_.incomplete = true;
    while (!at_end() && !resumes_declarations()) {
      skip();
    }
    depth_ = 0;
  }
  [[nodiscard]] bool resumes_declarations() const {
    if (opens_declaration(token_.kind)) {
      return token_.first_on_line || depth_ <= 0;
    }
    return token_.kind == Tok::identifier && token_.first_on_line &&
           !replacement(token_.text).empty();
  }

  // Called after an error in the item that began at `start`, of a list inside of `depth` brackets
  // that `close` ends. Skips to the token after the next separator, to the next line that can begin
  // an item, or to the end of the list. False if the end of the list was not found.
  bool recover_item(char close, int depth, Place start) {
    ast_.incomplete = true;
    for (; !at_end(); skip()) {
      if (token_.first_on_line && opens_declaration(token_.kind)) {
        return false;
      }
      if (depth_ > depth) {
        continue;
      }
      if (token_.is(close)) {
        return true;
      }
      // A bracket of an outer list: the end of this one is missing.
      if (token_.is('}') || depth_ < depth) {
        return false;
      }
      if (token_.is(',') || token_.is(';')) {
        advance();
        return true;
      }
      const bool first = token_.place.offset == start.offset;
      if (!first && token_.first_on_line && (token_.kind == Tok::integer || token_.is_word())) {
        return true;
      }
    }
    return false;
  }

  // Parses items up to `close`, which is consumed. An item with an error is skipped. False if the
  // end of the list was not found.
  template <class Item>
  bool list(char close, std::string_view expected, Item item) {
    const int depth = depth_;
    while (!token_.is(close)) {
      if (at_end()) {
        return unexpected(expected);
      }
      const Place start = token_.place;
      if (!item() && (at_end() || !recover_item(close, depth, start))) {
        return false;
      }
    }
    advance();
    return true;
  }

  // ---- Names ----

  // The name of a type, constant or service.
  bool declared_name(AstName& name, std::string_view expected) {
    return token_.kind == Tok::identifier ? member_name(name, expected) : unexpected(expected);
  }
  // The name of a field, method or enum member; keywords are allowed. No declared name has dots.
  bool member_name(AstName& name, std::string_view expected) {
    if (!token_.is_word() || token_.kind == Tok::kw_cpp_type) {
      return unexpected(expected);
    }
    name = {token_.text, token_.place};
    if (token_.text.find('.') != std::string_view::npos) {
      return fail(token_.place, "found " + quoted(token_.text) + ", expected " +
                                    std::string(expected) + " without dots");
    }
    if (options_.reserved_words != ReservedWords::allow && is_reserved_word(token_.text)) {
      reserved_name();
    }
    advance();
    return charge();
  }

  void reserved_name() {
    const std::string message =
        "found " + quoted(token_.text) +
        ", a word that some target languages reserve, expected another name";
    if (options_.reserved_words == ReservedWords::reject) {
      reporter_.error(file_, token_.place, message, Errc::schema_invalid);
    } else if (reporter_.keeps_warnings()) {
      reporter_.warning(file_, token_.place, message);
    }
  }

  bool used_name(AstName& name, std::string_view expected) {
    if (token_.kind != Tok::identifier) {
      return unexpected(expected);
    }
    name = {token_.text, token_.place};
    advance();
    return true;
  }

  bool literal(AstName& out, std::string_view expected) {
    if (token_.kind != Tok::literal) {
      return unexpected(expected);
    }
    out = {token_.value, token_.place};
    advance();
    return true;
  }

  // ---- Annotations ----

  bool annotations(AstAnnotations& out) {
    if (!accept('(')) {
      return true;
    }
    while (!token_.is(')')) {
      AstAnnotation a;
      // Keywords are allowed: (list = "x").
      if (!token_.is_word()) {
        return unexpected("the name of an annotation or ')'");
      }
      a.name = token_.text;
      a.value = "1";
      advance();
      AstName value;
      if (accept('=')) {
        if (!literal(value, "a string: the value of the annotation")) {
          return false;
        }
        a.value = value.text;
      }
      out.push_back(a);
      separator();
      if (!charge()) {
        return false;
      }
    }
    advance();
    return true;
  }

  // ---- Types ----

  bool cpp_type(AstType& type) {
    if (!accept(Tok::kw_cpp_type)) {
      return true;
    }
    AstName name;
    if (!literal(name, "a string: the C++ type")) {
      return false;
    }
    type.cpp_type = name.text;
    return true;
  }

  const AstType* type(std::size_t depth) {
    if (depth > options_.limits.nesting) {
      fail(token_.place, "found types nested deeper than the limit of " +
                             std::to_string(options_.limits.nesting));
      return nullptr;
    }
    AstType t;
    t.name = {token_.text, token_.place};
    t.kind = base_kind(token_.kind);
    t.named = token_.kind == Tok::identifier;
    if (t.kind == Kind::void_ && !t.named) {
      return unexpected("a type"), nullptr;
    }
    if (t.named && token_.text == "slist") {
      fail(token_.place, "found 'slist', expected " + std::string(replacement("slist")));
      return nullptr;
    }
    advance();
    if (t.kind >= Kind::list && !container(t, depth)) {
      return nullptr;
    }
    if (!annotations(t.annotations) || !charge()) {
      return nullptr;
    }
    ast_.types.push_back(std::move(t));
    return &ast_.types.back();
  }

  bool container(AstType& t, std::size_t depth) {
    if (!cpp_type(t) || !expect('<', "'<' and the type of the elements")) {
      return false;
    }
    if (!(t.first = type(depth + 1))) {
      return false;
    }
    if (t.kind == Kind::map) {
      if (!expect(',', "',' and the type of the map's values")) {
        return false;
      }
      if (!(t.second = type(depth + 1))) {
        return false;
      }
    }
    if (!expect('>', "'>' that ends the type")) {
      return false;
    }
    return t.kind != Kind::list || cpp_type(t);
  }

  // ---- Constant values ----

  bool value(AstValue& v, std::size_t depth) {
    if (depth > options_.limits.nesting) {
      return fail(token_.place, "found values nested deeper than the limit of " +
                                    std::to_string(options_.limits.nesting));
    }
    if (!charge()) {
      return false;
    }
    v.place = token_.place;
    switch (token_.kind) {
      case Tok::integer:
        v.syntax = AstValue::Syntax::integer;
        v.integer = token_.integer;
        break;
      case Tok::real:
        v.syntax = AstValue::Syntax::real;
        v.real = token_.real;
        break;
      case Tok::literal:
        v.syntax = AstValue::Syntax::literal;
        v.text = token_.value;
        break;
      case Tok::identifier:
        v.syntax = AstValue::Syntax::name;
        v.text = token_.text;
        break;
      default:
        if (token_.is('[')) {
          return list_value(v, depth);
        }
        if (token_.is('{')) {
          return map_value(v, depth);
        }
        return unexpected("a value");
    }
    advance();
    return true;
  }

  bool list_value(AstValue& v, std::size_t depth) {
    v.syntax = AstValue::Syntax::list;
    advance();
    while (!token_.is(']')) {
      if (!value(v.items.emplace_back(), depth + 1)) {
        return false;
      }
      separator();
    }
    advance();
    return true;
  }

  bool map_value(AstValue& v, std::size_t depth) {
    v.syntax = AstValue::Syntax::map;
    advance();
    while (!token_.is('}')) {
      if (!value(v.items.emplace_back(), depth + 1)) {
        return false;
      }
      if (!expect(':', "':' between a key and its value")) {
        return false;
      }
      if (!value(v.items.emplace_back(), depth + 1)) {
        return false;
      }
      separator();
    }
    advance();
    return true;
  }

  const AstValue* value() {
    AstValue v;
    if (!value(v, 1)) {
      return nullptr;
    }
    ast_.values.push_back(std::move(v));
    return &ast_.values.back();
  }

  // ---- Fields ----

  bool field(std::vector<AstField>& out) {
    AstField f;
    f.place = token_.place;
    f.doc = token_.doc;
    if (token_.kind == Tok::integer) {
      f.id = token_.integer;
      advance();
      if (!expect(':', "':' after the field id")) {
        return false;
      }
    }
    if (accept(Tok::kw_required)) {
      f.requiredness = Requiredness::required;
    } else if (accept(Tok::kw_optional)) {
      f.requiredness = Requiredness::optional;
    }
    if (token_.kind != Tok::identifier && base_kind(token_.kind) == Kind::void_) {
      return unexpected(f.id ? "the type of the field" : "a field");
    }
    if (!(f.type = type(1))) {
      return false;
    }
    f.reference = accept('&');
    if (!member_name(f.name, "the name of the field")) {
      return false;
    }
    if (accept('=') && !(f.value = value())) {
      return false;
    }
    if (!xsd_of_field() || !annotations(f.annotations)) {
      return false;
    }
    separator();
    out.push_back(std::move(f));
    return true;
  }

  // Attributes of XML schemas: parsed for compatibility, without effect.
  bool xsd_of_field() {
    accept(Tok::kw_xsd_optional);
    accept(Tok::kw_xsd_nillable);
    if (!accept(Tok::kw_xsd_attrs)) {
      return true;
    }
    std::vector<AstField> ignored;
    // Attributes may have attributes; the counter bounds the stack.
    if (++xsd_depth_ > options_.limits.nesting) {
      return fail(token_.place, "found xsd_attrs nested too deeply");
    }
    const bool ok = expect('{', "'{' after xsd_attrs") &&
                    list('}', "an attribute or '}'", [&] { return field(ignored); });
    --xsd_depth_;
    return ok;
  }

  bool fields(char close, std::string_view expected, std::vector<AstField>& out) {
    return list(close, expected, [&] { return field(out); });
  }

  // ---- Declarations ----

  bool definition() {
    switch (token_.kind) {
      case Tok::kw_include:
      case Tok::kw_cpp_include:
      case Tok::kw_namespace: return header();
      case Tok::kw_const: return constant();
      case Tok::kw_typedef: return typedef_();
      case Tok::kw_enum: return enumeration();
      case Tok::kw_struct: return structure(StructFlavor::structure);
      case Tok::kw_union: return structure(StructFlavor::union_);
      case Tok::kw_exception: return structure(StructFlavor::exception);
      case Tok::kw_service: return service();
      default: break;
    }
    const std::string_view hint =
        token_.kind == Tok::identifier ? replacement(token_.text) : std::string_view();
    if (!hint.empty()) {
      unexpected(hint);
    } else {
      unexpected("a declaration (const, typedef, enum, struct, union, exception, service)");
    }
    if (!at_end()) {
      skip();
    }
    return false;
  }

  bool header() {
    if (declared_) {
      unexpected(
          "a declaration: headers (include, cpp_include, namespace) must come before the first "
          "one");
      advance();
      return false;
    }
    const Tok kind = token_.kind;
    advance();
    if (kind == Tok::kw_namespace) {
      return namespace_();
    }
    AstName name;
    if (!literal(name, "a string: the file to include") || !charge()) {
      return false;
    }
    (kind == Tok::kw_include ? ast_.includes : ast_.cpp_includes).push_back(name);
    return true;
  }

  bool namespace_() {
    AstNamespace n;
    if (!token_.is_word() && !token_.is('*')) {
      return unexpected("the scope of the namespace: a language or '*'");
    }
    n.scope = token_.text;
    advance();
    if (!token_.is_word()) {
      return unexpected("the name of the namespace");
    }
    n.name = token_.text;
    advance();
    if (!annotations(n.annotations) || !charge()) {
      return false;
    }
    ast_.namespaces.push_back(std::move(n));
    return true;
  }

  // Consumes the keyword of a declaration; returns the doc comment before it.
  std::string_view open() {
    declared_ = true;
    const std::string_view doc = token_.doc;
    advance();
    return doc;
  }

  bool constant() {
    AstConst c;
    c.doc = open();
    if (!(c.type = type(1)) || !declared_name(c.name, "the name of the constant")) {
      return false;
    }
    if (!expect('=', "'=' and the value of the constant") || !(c.value = value())) {
      return false;
    }
    // thriftgo has annotations after the separator.
    if (!annotations(c.annotations)) {
      return false;
    }
    separator();
    if (c.annotations.empty() && !annotations(c.annotations)) {
      return false;
    }
    ast_.constants.push_back(std::move(c));
    return true;
  }

  bool typedef_() {
    AstTypedef t;
    t.doc = open();
    if (!(t.type = type(1)) || !declared_name(t.name, "the name of the typedef")) {
      return false;
    }
    if (!annotations(t.annotations)) {
      return false;
    }
    separator();
    ast_.typedefs.push_back(std::move(t));
    return true;
  }

  bool enumeration() {
    AstEnum e;
    e.doc = open();
    if (!declared_name(e.name, "the name of the enum") ||
        !expect('{', "'{' and the members of the enum")) {
      return false;
    }
    const bool complete = list('}', "a member of the enum or '}'", [&] { return enum_value(e); });
    const bool ok = complete && annotations(e.annotations);
    ast_.enums.push_back(std::move(e));
    return ok;
  }

  bool enum_value(AstEnum& e) {
    AstEnumValue v;
    v.doc = token_.doc;
    // The keyword of a declaration is a member only if a member can end after it: else a '}' is
    // missing before it.
    if (opens_declaration(token_.kind) && !ends_member(lexer_.peek())) {
      return unexpected("a member of the enum or '}'");
    }
    if (!member_name(v.name, "a member of the enum or '}'")) {
      return false;
    }
    if (accept('=')) {
      if (token_.kind != Tok::integer) {
        return unexpected("the number of the member");
      }
      v.number = token_.integer;
      advance();
    }
    if (!annotations(v.annotations)) {
      return false;
    }
    separator();
    e.values.push_back(std::move(v));
    return true;
  }
  static bool ends_member(const Token& t) {
    return t.is('=') || t.is(',') || t.is(';') || t.is('}') || t.is('(');
  }

  bool structure(StructFlavor flavor) {
    AstStruct s;
    s.flavor = flavor;
    s.doc = open();
    if (!declared_name(s.name, "the name of the struct, union or exception")) {
      return false;
    }
    if (flavor != StructFlavor::exception) {
      accept(Tok::kw_xsd_all);
    }
    if (!expect('{', "'{' and the fields")) {
      return false;
    }
    s.fields.reserve(8);
    const bool complete = fields('}', "a field or '}'", s.fields);
    const bool ok = complete && annotations(s.annotations);
    ast_.structs.push_back(std::move(s));
    return ok;
  }

  bool service() {
    AstService s;
    s.doc = open();
    if (!declared_name(s.name, "the name of the service")) {
      return false;
    }
    if (accept(Tok::kw_extends) &&
        !used_name(s.extends, "the name of the service that is extended")) {
      return false;
    }
    if (!expect('{', "'{' and the methods")) {
      return false;
    }
    const bool complete = list('}', "a method or '}'", [&] { return method(s.methods); });
    const bool ok = complete && annotations(s.annotations);
    ast_.services.push_back(std::move(s));
    return ok;
  }

  bool method(std::vector<AstMethod>& out) {
    AstMethod m;
    m.doc = token_.doc;
    m.oneway = accept(Tok::kw_oneway) || accept(Tok::kw_async);
    if (!accept(Tok::kw_void) && !(m.result = type(1))) {
      return false;
    }
    if (!member_name(m.name, "the name of the method")) {
      return false;
    }
    if (!expect('(', "'(' and the arguments") || !fields(')', "an argument or ')'", m.args)) {
      return false;
    }
    if (accept(Tok::kw_throws)) {
      if (!expect('(', "'(' and the exceptions") || !fields(')', "an exception or ')'", m.throws)) {
        return false;
      }
    }
    if (!annotations(m.annotations)) {
      return false;
    }
    separator();
    out.push_back(std::move(m));
    return true;
  }

  const SourceFile& file_;
  const IdlOptions& options_;
  std::size_t& declarations_;
  Reporter& reporter_;
  Ast ast_;
  Lexer lexer_;
  Token token_;
  bool declared_ = false;  // a declaration was seen: no headers any more
  bool stopped_ = false;   // the limit of declarations is reached
  int depth_ = 0;          // of brackets consumed so far
  std::size_t xsd_depth_ = 0;
};

}  // namespace

Ast parse_idl(const SourceFile& file, const IdlOptions& options, std::size_t& declarations,
              Reporter& reporter) {
  return Parser(file, options, declarations, reporter).run();
}

}  // namespace wirejit::thrift

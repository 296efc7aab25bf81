/***/ /**/ /****/ // nothing
# nothing at all
/* not documentation */
struct /* here */ A { // there
  1: /* and */ i32 # everywhere
  a // "quoted"
  /** of b
      and more */
  2: i32 b /* "unterminated */
}
/** first */
/** second counts
 *
 *    indented
 */
struct B {}
const string TEXT = "// no comment # nor this /* nor that */"

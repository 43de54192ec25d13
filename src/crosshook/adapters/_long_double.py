"""A C header for compilers that take ``long double`` for ``double`` on Windows: MSVC's type.

MinGW-w64's libm takes the 80-bit type. Under ``-mlong-double-64`` a call to ``fmodl`` passes 64
bits, and the function reads what is not there. With this header in front, what such a call names is
``fmod``. Macros do the same for the compiler's builtins, which libc++'s ``<cmath>`` is written in.

MinGW-w64's ``isnan`` and the like are inline code that reads 80 bits of a ``long double`` and stay
so; a ``double`` is not concerned.
"""

from __future__ import annotations

_UNARY = (
    "acos acosh asin asinh atan atanh cbrt ceil cos cosh erf erfc exp exp2 expm1 floor lgamma log "
    "log10 log1p log2 logb nearbyint rint round sin sinh sqrt tan tanh tgamma trunc"
).split()
_BINARY = "atan2 copysign fdim fmax fmin fmod hypot nextafter pow remainder".split()
_COMPLEX = (
    "cacos cacosh casin casinh catan catanh ccos ccosh cexp clog cproj csin csinh csqrt ctan ctanh"
).split()

_REST = """\
int ilogbl(long double) FOR_DOUBLE("ilogb");
long double fmal(long double, long double, long double) FOR_DOUBLE("fma");
long double frexpl(long double, int *) FOR_DOUBLE("frexp");
long double ldexpl(long double, int) FOR_DOUBLE("ldexp");
long double modfl(long double, long double *) FOR_DOUBLE("modf");
long double nexttowardl(long double, long double) FOR_DOUBLE("nextafter");
long double remquol(long double, long double, int *) FOR_DOUBLE("remquo");
long double scalblnl(long double, long) FOR_DOUBLE("scalbln");
long double scalbnl(long double, int) FOR_DOUBLE("scalbn");
long double strtold(const char *__restrict__, char **__restrict__)
    FOR_DOUBLE("strtod") __attribute__((__nothrow__));
long long llrintl(long double) FOR_DOUBLE("llrint");
long long llroundl(long double) FOR_DOUBLE("llround");
long lrintl(long double) FOR_DOUBLE("lrint");
long lroundl(long double) FOR_DOUBLE("lround");
"""

_BUILTINS = "fabs fma frexp ilogb ldexp llrint llround lrint lround remquo scalbln scalbn".split()


def _header() -> str:
    lines = [
        "#ifndef __ASSEMBLER__",
        "#define LABEL(prefix) LABEL_OF(prefix)",
        "#define LABEL_OF(prefix) #prefix",
        "#define FOR_DOUBLE(name) __asm__(LABEL(__USER_LABEL_PREFIX__) name)",
        "#ifdef __cplusplus",
        'extern "C" {',
        "#endif",
        *(f'long double {name}l(long double) FOR_DOUBLE("{name}");' for name in _UNARY),
        *(
            f'long double {name}l(long double, long double) FOR_DOUBLE("{name}");'
            for name in _BINARY
        ),
        *_REST.splitlines(),
        "#ifdef __cplusplus",
        "}",
        "#else",
        *(
            f'long double _Complex {name}l(long double _Complex) FOR_DOUBLE("{name}");'
            for name in _COMPLEX
        ),
        'long double cabsl(long double _Complex) FOR_DOUBLE("cabs");',
        'long double cargl(long double _Complex) FOR_DOUBLE("carg");',
        "long double _Complex cpowl(long double _Complex, long double _Complex) "
        'FOR_DOUBLE("cpow");',
        "#endif",
        *(
            f"#define __builtin_{name}l __builtin_{name}"
            for name in (*_UNARY, *_BINARY, *_BUILTINS)
        ),
        "#define __builtin_modfl(x, whole) __builtin_modf((x), (double *)(whole))",
        "#define __builtin_nexttowardl __builtin_nextafter",
        "#undef FOR_DOUBLE",
        "#undef LABEL",
        "#undef LABEL_OF",
        "#endif",
    ]
    return "\n".join(lines) + "\n"


LONG_DOUBLE_64 = _header()

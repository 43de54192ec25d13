"""MSVC's linker, ``link``: what becomes of its flags in a build for Windows.

It takes them in any case, with a slash or a hyphen; here they are in capitals with a slash.

Source: the page "Linker options" of MSVC's documentation.
"""

from __future__ import annotations

from crosshook.toolchains.flags._rule import (
    Effect,
    Rule,
    already_so,
    becomes,
    handled,
    left_out,
    refused,
)

RULES: tuple[Rule, ...] = (
    *becomes(
        {
            "/DEF:<file>": "{}",
            "/DEFAULTLIB:<library>": "-l{}",
            "/DLL": "-shared",
            "/IMPLIB:<file>": "-Xlinker --out-implib -Xlinker {}",
            "/INCLUDE:<symbol>": "-Xlinker -u -Xlinker {}",
            "/LIBPATH:<directory>": "-L {}",
            "/OUT:<file>": "-o {}",
            "/WHOLEARCHIVE:<library>": "-Wl,--whole-archive {} -Wl,--no-whole-archive",
        }
    ),
    *handled(
        Effect.EXPORTS,
        "a module-definition file names what is exported",
        "/EXPORT:<symbol>",
    ),
    *already_so("it says what the linker does in any case, or how it works",
        "/NOLOGO", "/INCREMENTAL", "/INCREMENTAL:<how>", "/OPT:<what>", "/DYNAMICBASE", "/NXCOMPAT",
        "/HIGHENTROPYVA", "/LARGEADDRESSAWARE", "/MANIFEST", "/MANIFEST:<how>",
        "/MANIFESTFILE:<file>", "/MANIFESTUAC", "/MANIFESTUAC:<how>", "/TLBID:<number>",
        "/ERRORREPORT:<how>", "/VERBOSE", "/VERBOSE:<what>", "/TIME", "/TIME+", "/IGNORE:<number>",
        "/IGNOREIDL", "/NOIMPLIB", "/NOEXP", "/CGTHREADS:<threads>", "/BREPRO", "/FUNCTIONPADMIN",
        "/FUNCTIONPADMIN:<bytes>", "/EMITPOGOPHASEINFO", "/EMITTOOLVERSIONINFO:<how>", "/TSAWARE",
        "/SUBSYSTEM:<subsystem>", "/ASSEMBLYDEBUG", "/ALLOWISOLATION", "/FIXED:NO", "/DEBUG:NONE",
        "/NODEFAULTLIB", "/NODEFAULTLIB:<library>", "/D2<internal>",
    ),
    *left_out("debug information: it goes into a .pdb, which is not packed",
        "/DEBUG", "/DEBUG:<how>", "/DEBUGTYPE:<how>", "/PDB:<file>", "/PDBALTPATH:<file>",
        "/PDBSTRIPPED", "/PDBSTRIPPED:<file>", "/NATVIS:<file>", "/SOURCELINK:<file>",
        "/MAP", "/MAP:<file>", "/MAPINFO:<what>", "/PROFILE",
    ),
    *left_out("an optimization that is for MSVC's code generator",
        "/LTCG", "/LTCG:<how>", "/LTCGOUT:<file>", "/GENPROFILE", "/GENPROFILE:<how>",
        "/FASTGENPROFILE", "/USEPROFILE", "/USEPROFILE:<how>", "/PGD:<file>", "/ORDER:<file>",
        "/MERGE:<sections>", "/ALIGN:<bytes>", "/FILEALIGN:<bytes>",
    ),
    *left_out("protection that is for MSVC's runtime library, or for 32-bit x86",
        "/GUARD:<kind>", "/CETCOMPAT", "/CETCOMPAT:NO", "/SAFESEH", "/SAFESEH:NO", "/SDL",
        "/DEPENDENTLOADFLAG:<flags>", "/INTEGRITYCHECK", "/DYNAMICBASE:NO", "/NXCOMPAT:NO",
        "/HIGHENTROPYVA:NO",
    ),
    *left_out("the loader chooses the address of a module, and its version is in a resource",
        "/BASE:<address>", "/VERSION:<version>", "/OSVERSION:<version>", "/RELEASE",
        "/SWAPRUN:<from>",
    ),
    *left_out("the size of stack and heap is the program's, not a module's",
        "/STACK:<bytes>", "/HEAP:<bytes>",
    ),
    *left_out("warnings have no numbers here", "/WX", "/WX:NO"),
    *refused("the library would be needed when the module is loaded",
        "/DELAYLOAD:<library>", "/DELAY:<how>",
    ),
    *refused("a module would be made from code that does not fit together",
        "/FORCE", "/FORCE:<what>",
    ),
    *refused("the runtime library would not be set up", "/ENTRY:<function>", "/NOENTRY"),
    *refused("it makes code for .NET, for the Windows Runtime or for drivers",
        "/CLRIMAGETYPE:<type>", "/CLRTHREADATTRIBUTE:<how>", "/CLRUNMANAGEDCODECHECK<how>",
        "/CLRSUPPORTLASTERROR<how>", "/CLRLOADEROPTIMIZATION<how>", "/WINMD", "/WINMD:<how>",
        "/APPCONTAINER", "/DRIVER", "/DRIVER:<how>", "/KERNEL", "/NOASSEMBLY",
        "/ASSEMBLYMODULE:<file>", "/ASSEMBLYRESOURCE:<file>", "/DELAYSIGN", "/KEYFILE:<file>",
        "/KEYCONTAINER:<name>",
    ),
    *refused("it would change what is in the module's sections",
        "/SECTION:<attributes>", "/STUB:<file>", "/FIXED", "/MANIFESTINPUT:<file>",
        "/MANIFESTDEPENDENCY:<assembly>", "/IDLOUT:<file>", "/MIDL:<file>",
        "/ALTERNATENAME:<symbols>", "/WHOLEARCHIVE",
    ),
)  # fmt: skip

MACHINES: dict[str, str] = {
    "ARM": "arm",
    "ARM64": "aarch64",
    "ARM64EC": "arm64ec",
    "X64": "x86_64",
    "X86": "x86",
}
"""What ``/MACHINE:`` names, as Meson names the processor."""


def for_processor(family: str) -> tuple[Rule, ...]:
    """Return the rules for ``/MACHINE:``.

    :param family: Meson's name of the processor.
    """
    rules: list[Rule] = []
    for machine, named in MACHINES.items():
        if named == family:
            rules += already_so("it names the processor that is built for", f"/MACHINE:{machine}")
        else:
            rules += refused("it names another processor", f"/MACHINE:{machine}")
    return tuple(rules)

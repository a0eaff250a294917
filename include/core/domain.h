/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The registered domain of a name: what somebody had to register, or was given by who lets anybody have one. All names below
 * it are in one hand.
 */
#ifndef TIDEGATE_CORE_DOMAIN_H
#define TIDEGATE_CORE_DOMAIN_H

/*
 * "example.co.uk" of "www.example.co.uk": the last two labels, or one more than the longest suffix of the built-in list that
 * fits (the common ones of https://publicsuffix.org; of others the suffix itself comes out). Points into the name, which is
 * in lower case and without its last dot; a name of one label, or that is a suffix, comes out whole.
 */
const char *domain_registered(const char *name);

#endif

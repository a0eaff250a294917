/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list is short on purpose: where a suffix is missing, those who share it are taken for one. */
#include "core/domain.h"

#include <stddef.h>
#include <string.h>

/* Suffixes of two labels or more. First registries, then whoever gives names away: there the next label is a customer. */
static const char *const suffixes[] = {
	"ac.jp", "ac.uk", "co.id", "co.il", "co.in", "co.jp", "co.kr", "co.nz", "co.th", "co.uk", "co.za", "com.ar", "com.au",
	"com.br", "com.cn", "com.co", "com.eg", "com.hk", "com.mx", "com.my", "com.ng", "com.pk", "com.pl", "com.sg", "com.tr",
	"com.tw", "com.ua", "com.vn", "edu.au", "edu.cn", "gov.au", "gov.br", "gov.cn", "gov.in", "gov.uk", "ne.jp", "net.au",
	"net.br", "net.cn", "net.uk", "nhs.uk", "or.jp", "or.kr", "org.au", "org.br", "org.cn", "org.uk", "org.za",
	"amazonaws.com", "appspot.com", "azureedge.net", "azurewebsites.net", "backblazeb2.com", "blob.core.windows.net",
	"blogspot.com", "cloudapp.azure.com", "cloudfront.net", "core.windows.net", "ddns.net", "digitaloceanspaces.com",
	"duckdns.org", "dyndns.org", "elasticbeanstalk.com", "firebaseapp.com", "fly.dev", "github.io", "gitlab.io",
	"herokuapp.com", "hopto.org", "myftp.org", "netlify.app", "ngrok-free.app", "ngrok.app", "ngrok.io", "no-ip.org",
	"onrender.com", "pages.dev", "r2.cloudflarestorage.com", "s3.amazonaws.com", "trycloudflare.com", "vercel.app", "web.app",
	"workers.dev", "zapto.org",
};

static size_t suffix_length(const char *name, size_t len)
{
	size_t longest = 0;

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		const size_t n = strlen(suffixes[i]);

		if (n <= longest || n > len || memcmp(name + len - n, suffixes[i], n) != 0)
			continue;
		if (n == len || name[len - n - 1] == '.')
			longest = n;
	}
	return longest;
}

/* Where the label begins that ends before 'end'. */
static const char *label_before(const char *name, const char *end)
{
	while (end > name && end[-1] != '.')
		end--;
	return end;
}

const char *domain_registered(const char *name)
{
	const size_t len = strlen(name), suffix = suffix_length(name, len);
	const char *at;

	at = suffix ? name + len - suffix : label_before(name, name + len);
	return at > name ? label_before(name, at - 1) : name;
}

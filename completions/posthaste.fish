# Completion of posthaste(1) for fish.

# The accounts of the rc file given, else of those that posthaste reads.
function __posthaste_accounts
    set -l words (commandline -opc)
    set -l files
    for i in (seq (count $words))
        switch $words[$i]
            case -C --file
                set files (string replace -r '^~' $HOME -- $words[(math $i + 1)])
            case '--file=*'
                set files (string replace --regex '^--file=' '' -- $words[$i])
        end
    end
    if test -z "$files"
        set -l home $XDG_CONFIG_HOME
        test -n "$home"; or set home $HOME/.config
        set -l system (posthaste --version 2>/dev/null | sed -n 's/^system rc file: //p')
        set files $home/posthaste/posthasterc $HOME/.posthasterc \
            $home/posthaste/posthasterc.d/*.conf \
            $HOME/.msmtprc $home/msmtp/config \
            $system $system.d/*.conf (string replace -r '[^/]*$' msmtprc -- $system)
    end
    sed -n 's/^[[:blank:]]*account[[:blank:]=]\{1,\}\([^[:blank:]:]*\).*/\1/p' \
        $files 2>/dev/null
end

set -l mechanisms SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1-PLUS \
    SCRAM-SHA-1 PLAIN LOGIN CRAM-MD5 DIGEST-MD5 EXTERNAL GSSAPI GS2-KRB5 NTLM \
    OAUTHBEARER XOAUTH2 ANONYMOUS

# What is in the queue, by the rc file given.
function __posthaste_ids
    set -l file
    set -l words (commandline -opc)
    for i in (seq (count $words))
        switch $words[$i]
            case -C --file
                set file -C (string replace -r '^~' $HOME -- $words[(math $i + 1)])
            case '--file=*'
                set file -C (string replace --regex '^--file=' '' -- $words[$i])
        end
    end
    posthaste $file -bp 2>/dev/null |
        string match -rg '^(\d{8}-\d{6}-\d{6}-[0-9a-f]{8})(?: |$)'
end

complete -c posthaste -f
complete -c posthaste -s a -l account -x -a '(__posthaste_accounts)' -d 'Use this account'
complete -c posthaste -s C -l file -r -F -d 'Read this rc file only'
complete -c posthaste -s t -l read-recipients -d 'Send to those in To, Cc and Bcc, too'
complete -c posthaste -l read-envelope-from -d 'Take the sender from the From field'
complete -c posthaste -s i -d 'A line with a dot only is text'
complete -c posthaste -s P -l pretend -d 'Show the settings, send nothing'
complete -c posthaste -l check-config -d 'Tell all that is wrong in the rc files'
complete -c posthaste -l print-config -d 'Show the settings, read no message'
complete -c posthaste -s S -l serverinfo -d 'Show what the server is and offers'
complete -c posthaste -l json -d 'With --serverinfo or -bp: as JSON, for programs'
complete -c posthaste -l rmqs -x -d 'Have the server send what waits for it'
complete -c posthaste -l configure -x -d 'Show settings for an address, by DNS'
complete -c posthaste -s d -l debug -d 'Show the dialogue with the server'
complete -c posthaste -s v -d 'Show the dialogue with the server'
complete -c posthaste -l help -d 'Show the flags'
complete -c posthaste -l version -d 'Show the version'
complete -c posthaste -s f -l from -x -d 'The sender'
complete -c posthaste -s r -x -d 'The sender'
complete -c posthaste -s F -l from-full-name -x -d 'The name in a From field to be added'
complete -c posthaste -s N -l dsn-notify -x -a 'off never failure delay success' -d 'Which reports the sender is to get'
complete -c posthaste -s R -l dsn-return -x -a 'off headers full' -d 'What these reports are to hold'
complete -c posthaste -s V -l dsn-envid -x -d 'What these reports call the message'
complete -c posthaste -l deliver-by -x -d 'By when the server is to deliver'
complete -c posthaste -l hold-for -x -d 'How long the server is to hold it'
complete -c posthaste -l hold-until -x -d 'Until when the server is to hold it'
complete -c posthaste -l priority -x -d 'From -9 to 9, the most urgent'
complete -c posthaste -l relay-tls -x -a 'auto require optional' -d 'TLS on the way on'
complete -c posthaste -l mail-auth -x -d 'Who submitted it, or <>'
complete -c posthaste -l host -x -a '(__fish_print_hostnames)' -d 'The server to hand mail to, or several'
complete -c posthaste -l port -x -a '25 465 587' -d 'Its port'
complete -c posthaste -l source-ip -x -d 'Our address to connect from'
complete -c posthaste -l address-family -x -a 'any ipv4 ipv6' -d 'Which of its addresses to go to'
complete -c posthaste -l ipv4 -f -d 'Go to its IPv4 addresses only'
complete -c posthaste -l ipv6 -f -d 'Go to its IPv6 addresses only'
complete -c posthaste -l proxy-host -x -a '(__fish_print_hostnames)' -d 'The SOCKS5 proxy to go through'
complete -c posthaste -l proxy-port -x -a '1080 9050' -d 'Its port, if not 1080'
complete -c posthaste -l proxy-user -x -d 'Who logs in at the proxy'
complete -c posthaste -l proxy-passwordeval -x -a '(__fish_complete_command)' -d 'Command that prints the password there'
complete -c posthaste -l proxy-password-file -r -F -d 'File that holds it'
complete -c posthaste -l socket -r -F -d 'Local socket in place of host and port'
complete -c posthaste -l tunnel -x -a '(__fish_complete_command)' -d 'Command whose ends are the connection'
complete -c posthaste -l timeout -x -d 'How long to wait for the server'
complete -c posthaste -l domain -x -d 'The name to greet the server with'
complete -c posthaste -l protocol -x -a 'smtp lmtp' -d 'What the server speaks'
complete -c posthaste -l tls -f -a 'auto on off' -d 'Whether to require TLS'
complete -c posthaste -l tls-starttls -f -a 'auto on off' -d 'TLS by STARTTLS, or at once'
complete -c posthaste -l tls-trust-file -r -F -d 'Authorities to trust'
complete -c posthaste -l tls-crl-file -r -F -d 'Certificates that are revoked'
complete -c posthaste -l tls-fingerprint -x -d 'The one certificate to accept'
complete -c posthaste -l tls-pin -x -d 'The keys to accept, sha256//...'
complete -c posthaste -l tls-trust -x -a 'authorities first_use dane' -d 'What makes us believe it'
complete -c posthaste -l tls-known-hosts -r -F -d 'Keys of servers, for first_use'
complete -c posthaste -l tls-key-file -r -F -d 'Our own key, to be known by'
complete -c posthaste -l tls-cert-file -r -F -d 'Our own certificate'
complete -c posthaste -l tls-key-passwordeval -x -a '(__fish_complete_command)' -d 'Prints the passphrase or PIN of our key'
complete -c posthaste -l tls-key-password-file -r -F -d 'Holds the passphrase or PIN of our key'
complete -c posthaste -l tls-certcheck -f -a 'on off' -d 'Whether to verify the certificate'
complete -c posthaste -l tls-priorities -x -d 'Versions and ciphers, for GnuTLS'
complete -c posthaste -l tls-min-version -x -a '1.2 1.3' -d 'The oldest TLS to speak'
complete -c posthaste -l tls-host-override -x -d 'The name in the certificate'
complete -c posthaste -l tls-session-cache -f -a 'on off' -d 'Whether to resume TLS sessions'
complete -c posthaste -l auth -f -a "auto on off $mechanisms" -d 'Whether and how to log in'
complete -c posthaste -l user -x -d 'Whom to log in as'
complete -c posthaste -l ntlmdomain -x -d 'The domain for NTLM'
complete -c posthaste -l passwordeval -x -a '(__fish_complete_command)' -d 'Command that prints the password'
complete -c posthaste -l passwordeval-timeout -x -d 'How long to wait for it'
complete -c posthaste -l password-file -r -F -d 'File that holds the password'
complete -c posthaste -l password-fd -x -d 'Descriptor to read the password from'
complete -c posthaste -l keyring -f -a 'on off' -d 'Ask the keyring of the desktop for it'
complete -c posthaste -l rewrite-from -x -a 'never invalid always' -d 'Which senders to replace'
complete -c posthaste -l rewrite-reply-to -f -a 'on off' -d 'Keep a replaced From in Reply-To'
complete -c posthaste -l set-from-header -f -a 'auto on off' -d 'Whether to write a From field'
complete -c posthaste -l set-date-header -f -a 'auto off' -d 'Add a missing Date'
complete -c posthaste -l set-msgid-header -f -a 'auto off' -d 'Add a missing Message-ID'
complete -c posthaste -l set-to-header -f -a 'auto on off undisclosed_recipients' -d 'Whether to write a To field'
complete -c posthaste -l remove-bcc-headers -f -a 'on off' -d 'Take Bcc and Resent-Bcc out'
complete -c posthaste -l aliases -r -F -d 'Whom local names stand for'
complete -c posthaste -l qualify-domain -x -d 'The domain of names without alias'
complete -c posthaste -l local-domains -x -a auto -d 'The domains of local names'
complete -c posthaste -l rewrite-to -f -a 'on off' -d 'Show in To and Cc whom it goes to'
complete -c posthaste -l partial-delivery -f -a 'on off' -d 'Send though some are refused'
complete -c posthaste -l queue -f -a 'off fallback always only on' -d 'Keep what cannot be delivered now'
complete -c posthaste -l queue-dir -r -F -a 'auto system' -d 'Where messages wait'
complete -c posthaste -l queue-retry-min -x -d 'Until the second try'
complete -c posthaste -l queue-retry-max -x -d 'Between two tries at most'
complete -c posthaste -l queue-lifetime -x -d 'How long a message is tried'
complete -c posthaste -l queue-warn-after -x -d 'When its sender hears that it waits'
complete -c posthaste -l queue-per-connection -x -d 'Messages on one connection'
complete -c posthaste -l queue-bounces -x -d 'Reports to senders a day'
complete -c posthaste -s q -d 'Deliver what waits'
complete -c posthaste -l queue-show -x -a '(__posthaste_ids)' -d 'Show a message that waits'
complete -c posthaste -l queue-remove -x -a 'all (__posthaste_ids)' -d 'Remove it'
complete -c posthaste -l queue-hold -x -a 'all (__posthaste_ids)' -d 'Do not try it until it is released'
complete -c posthaste -l queue-release -x -a 'all (__posthaste_ids)' -d 'Let it be tried again'
complete -c posthaste -l queue-retry -x -a 'all (__posthaste_ids)' -d 'Try it now'
complete -c posthaste -n '__fish_contains_opt queue-show queue-remove queue-hold queue-release queue-retry' -f -a '(__posthaste_ids)'
complete -c posthaste -s X -l logfile -r -F -d 'Gets a line on each message'
complete -c posthaste -l logfile-time-format -x -d 'Its time, for strftime'
complete -c posthaste -l log-format -x -a 'text json' -d 'How it is written'
complete -c posthaste -l syslog -f -a 'on off LOG_USER LOG_MAIL' -d 'Give it to syslog, too'
complete -c posthaste -l sandbox -x -a 'on off strict' -d 'What this process gives up'
complete -c posthaste -s L -x -d 'The name that syslog gets'
complete -c posthaste -s I -d 'Newaliases, which has nothing to do'
complete -c posthaste -l long-lines -x -a 'encode pass refuse' -d 'Lines of over 998 octets'
complete -c posthaste -l route -d 'Show account, sender and recipients, and why'

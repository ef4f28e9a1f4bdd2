<?php

// Does the job of sidecar.php without a sidecar: asks `authctl` for a token whenever one is needed.

declare(strict_types=1);

$pontotel = getenv('PONTOTEL_BASE_URL') ?: 'https://apis.pontotel.com.br/pontotel/api/v4';

function authctl(string ...$arguments): string
{
    // An array runs without a shell, so it needs no quotes.
    $process = proc_open(['authctl', ...$arguments], [1 => ['pipe', 'w']], $pipes);
    $output = stream_get_contents($pipes[1]);
    fclose($pipes[1]);
    $code = proc_close($process);
    if ($code !== 0) {
        throw new RuntimeException("authctl {$arguments[0]} ended with $code");
    }
    return $output;
}

/** A request of a profile's account, sent again once if its token was revoked. */
function authenticated(string $profile, string $url): array
{
    foreach ([1, 2] as $attempt) {
        $curl = curl_init($url);
        curl_setopt_array($curl, [
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_TIMEOUT => 60,
            CURLOPT_HTTPHEADER => [trim(authctl('token', $profile, '--format', 'header'))],
        ]);
        $answer = curl_exec($curl);
        $status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
        if ($status !== 401 || $attempt === 2) {
            break;
        }
        authctl('invalidate', $profile);
    }
    if ($answer === false || $status >= 300) {
        throw new RuntimeException("$status: " . ($answer === false ? curl_error($curl) : $answer));
    }
    return json_decode($answer, true, 512, JSON_THROW_ON_ERROR);
}

for ($url = "$pontotel/usuarios/?page_size=2"; $url !== null; $url = $page['next']) {
    $page = authenticated('pontotel', $url);
    foreach ($page['results'] as $user) {
        echo $user['username'], "\n";
    }
}

// A signature belongs to one token, so `authctl` signs and sends in one step.
$profile = json_encode(['email' => 'ana@casa.example', 'description' => 'Casa da Ana', 'profileType' => 'demo']);
$created = json_decode(authctl('request', 'xigsapi', 'POST', '/v1/profile', '--sign', '--fail', '-d', $profile), true);
echo 'created ', $created['data']['profileId'], "\n";

<?php

// Lists Pontotel's users and creates a profile at xigsapi, through `authctl serve`: without a login, a token or a signature.

declare(strict_types=1);

$pontotel = getenv('PONTOTEL') ?: 'http://127.0.0.1:8700';
$xigsapi = getenv('XIGSAPI') ?: 'http://127.0.0.1:8701';

function json(string $url, ?array $body = null): array
{
    $curl = curl_init($url);
    curl_setopt_array($curl, [CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT => 60]);
    if ($body !== null) {
        curl_setopt($curl, CURLOPT_POSTFIELDS, json_encode($body, JSON_THROW_ON_ERROR));
        curl_setopt($curl, CURLOPT_HTTPHEADER, ['Content-Type: application/json']);
    }
    $answer = curl_exec($curl);
    $status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
    if ($answer === false || $status >= 300) {
        throw new RuntimeException("$status: " . ($answer === false ? curl_error($curl) : $answer));
    }
    return json_decode($answer, true, 512, JSON_THROW_ON_ERROR);
}

for ($url = "$pontotel/usuarios/?page_size=2"; $url !== null; $url = $page['next']) {
    $page = json($url);
    foreach ($page['results'] as $user) {
        echo $user['username'], "\n";
    }
}

$profile = ['email' => 'ana@casa.example', 'description' => 'Casa da Ana', 'profileType' => 'demo'];
echo 'created ', json("$xigsapi/v1/profile", $profile)['data']['profileId'], "\n";
